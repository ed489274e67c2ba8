import type { Command } from 'commander';
import { type KernelResult, measureKernel, measureRoofs } from '../../bench/kernels.js';
import { madeUpResNet9 } from '../../bench/model.js';
import { measureOverhead } from '../../bench/overhead.js';
import { type BenchReport, printBench } from '../../bench/print.js';
import { parseShape, standardShapes } from '../../bench/shapes.js';
import { measureTensors } from '../../bench/tensors.js';
import { clockOf } from '../../bench/timing.js';
import { MemgpuError } from '../errors.js';
import { openNodeGpu } from '../platform/node-gpu.js';
import { addAdapterFlag } from './encoder-flags.js';
import { numeric } from './numbers.js';
import { addOutputFlags, type OutputFlags, openTerminal } from './terminal.js';

interface BenchFlags extends OutputFlags {
  readonly shape?: readonly string[];
  readonly adapter: string;
  readonly repeats: number;
}

const EXAMPLES = `
Examples:
  memgpu bench kernels
  memgpu bench kernels --shape gemm:1024,1024,1024 --shape conv:320,16,64,128
  memgpu bench kernels --json > kernels.json`;

/** `memgpu bench kernels`: how fast this adapter runs the kernels, against roofs measured in the same run. */
export function addBenchCommand(program: Command): void {
  const bench = program.command('bench').description('measure the speed of this machine');
  const command = bench
    .command('kernels')
    .description('measure kernels against the roofs of the adapter, and what views and metrics cost')
    .option(
      '--shape <SHAPE...>',
      'only these: conv:VIEWS,SIZE,IN,OUT[,KERNEL[,STRIDE[,PADDING]]] or gemm:M,N,K; without the cost of metrics',
    )
    .option('--repeats <N>', 'times that each is run after a warm-up', numeric('--repeats'), 5);
  addAdapterFlag(command);
  addOutputFlags(command, 'print one JSON document and nothing else on stdout');
  command.addHelpText('after', EXAMPLES);
  command.action((flags: BenchFlags) => runBench(flags));
}

async function runBench(flags: BenchFlags): Promise<void> {
  const { repeats } = flags;
  if (!Number.isSafeInteger(repeats) || repeats < 1 || repeats > 1000)
    throw new MemgpuError('BAD_OPTION', `--repeats: ${repeats} is no whole number from 1 to 1000`);
  const terminal = openTerminal(flags);
  const asked = flags.shape?.map(parseShape);
  const model = await madeUpResNet9();
  await using gpu = await openNodeGpu({ adapter: flags.adapter, robust: 'hardware' });
  terminal.note(`Measuring on ${gpu.facts.name}; this takes a few minutes on a CPU.`);

  const before = await measureRoofs(gpu, repeats);
  const measured: KernelResult[] = [];
  for (const shape of asked ?? standardShapes(model)) {
    terminal.detail(shape.name);
    measured.push(await measureKernel(gpu, shape, repeats));
  }
  const tensors = asked ? [] : await measureTensors(gpu, repeats);
  const overhead = asked ? null : await measureOverhead(gpu, model, repeats);
  const after = await measureRoofs(gpu, repeats);
  const roof = Math.max(before.fma.rate, after.fma.rate);
  const copy = Math.max(before.copy.rate, after.copy.rate);
  const report: BenchReport = {
    adapter: gpu.facts,
    robust: gpu.facts.kind === 'hardware',
    clock: clockOf(before.fma.timing),
    repeats,
    before,
    after,
    roof,
    kernels: measured.map((result) => ({ ...result, ofRoof: result.gflops / roof })),
    tensors: tensors.map((result) => ({ ...result, ofCopy: result.rate / copy })),
    overhead,
  };
  if (flags.json) terminal.print(JSON.stringify(report, null, 2));
  else terminal.print(printBench(report, terminal.paint, process.stdout.columns ?? 120).join('\n'));
}
