import { readFile, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { type Baseline, checkSameAdapter, parseBaseline } from '../../bench/baseline.js';
import type { Case } from '../../bench/case.js';
import { convolutionCase } from '../../bench/convolutions.js';
import { measureKernels } from '../../bench/kernels.js';
import { madeUpResNet9 } from '../../bench/made-up.js';
import { printKernels } from '../../bench/print-kernels.js';
import { parseShape } from '../../bench/shapes.js';
import { choose, standardCases } from '../../bench/standard.js';
import { MemgpuError } from '../errors.js';
import { quoted } from '../images/names.js';
import { openNodeGpu } from '../platform/node-gpu.js';
import { addAdapterFlag } from './encoder-flags.js';
import { wholeNumber } from './numbers.js';
import { addOutputFlags, type OutputFlags, openTerminal } from './terminal.js';
import { tunedTiles } from './tuned-tiles.js';

interface KernelsFlags extends OutputFlags {
  readonly shape?: readonly string[];
  readonly only?: string;
  readonly baseline?: string;
  readonly adapter: string;
  readonly repeats: number;
}

const EXAMPLES = `
Examples:
  memgpu bench kernels
  memgpu bench kernels --only 'conv*'
  memgpu bench kernels --shape gemm:1024,1024,1024 --shape conv:320,16,64,128
  memgpu bench kernels --json > before.json
  memgpu bench kernels --baseline before.json`;

/** A report has some 50 rows of some 700 bytes. */
const MOST_BASELINE_BYTES = 2 ** 24;

/** `memgpu bench kernels`: how fast this adapter runs the kernels, against roofs measured in the same run. */
export function addBenchKernelsCommand(bench: Command): void {
  const command = bench
    .command('kernels')
    .description('measure kernels against the roofs of the adapter, and what views and metrics cost')
    .option('--shape <SHAPE...>', 'only these: conv:VIEWS,SIZE,IN,OUT[,KERNEL[,STRIDE[,PADDING]]] or gemm:M,N,K')
    .option('--only <GLOB[,GLOB]>', "only the rows that they name, such as 'attention*'")
    .option('--baseline <FILE>', 'compare with what an earlier run on this adapter printed with --json')
    .option('--repeats <N>', 'times that each is run after a warm-up', wholeNumber('--repeats', 1, 1000), 5);
  addAdapterFlag(command);
  addOutputFlags(command, 'print one JSON document and nothing else on stdout');
  command.addHelpText('after', EXAMPLES);
  command.action(runBenchKernels);
}

async function runBenchKernels(flags: KernelsFlags): Promise<void> {
  const { repeats } = flags;
  const terminal = openTerminal(flags);
  if (flags.shape && flags.only !== undefined)
    throw new MemgpuError('BAD_OPTION', '--shape and --only contradict each other');
  const asked = flags.shape?.map(parseShape);
  const baseline = flags.baseline === undefined ? undefined : await readBaseline(flags.baseline);
  const model = await madeUpResNet9();
  await using gpu = await openNodeGpu({ adapter: flags.adapter, robust: 'hardware' });
  const adapter = gpu.facts;
  const robust = adapter.kind === 'hardware';
  if (baseline) checkSameAdapter(baseline.content, baseline.file, adapter, robust);
  const tiles = tunedTiles(adapter, terminal);
  const cases =
    asked?.map((conv) => convolutionCase(conv, tiles)) ??
    casesOf(standardCases(model, adapter.kind, tiles), flags.only);
  terminal.note(`Measuring ${cases.length} kernels on ${adapter.name}.`);

  const everything = asked === undefined && flags.only === undefined;
  const report = await measureKernels(gpu, {
    cases,
    repeats,
    robust,
    ...(everything ? { overheadOf: model } : {}),
    ...(baseline ? { baseline } : {}),
    onCase: (name) => terminal.detail(name),
  });
  if (flags.json) terminal.print(JSON.stringify(report, null, 2));
  else terminal.print(printKernels(report, terminal.paint, process.stdout.columns ?? 120).join('\n'));
}

function casesOf(standard: readonly Case[], only: string | undefined): readonly Case[] {
  return only === undefined ? standard : choose(standard, '--only', only);
}

/** @throws IO; BAD_OPTION where it is no earlier run */
async function readBaseline(file: string): Promise<{ file: string; content: Baseline }> {
  const unreadable = (cause: unknown): never => {
    throw new MemgpuError('IO', `--baseline: ${quoted(file)} cannot be read`, {
      hint: 'Check the path and its permissions.',
      cause,
    });
  };
  const kind = await stat(file).catch(unreadable);
  if (!kind.isFile() || kind.size > MOST_BASELINE_BYTES)
    throw new MemgpuError('BAD_OPTION', `--baseline: ${quoted(file)} is no report of an earlier run`, {
      hint: 'Give what `memgpu bench kernels --json` printed.',
    });
  return { file, content: parseBaseline(await readFile(file, 'utf8').catch(unreadable), file) };
}
