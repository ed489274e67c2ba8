import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { measureModel } from '../../bench/forward.js';
import { MADE_UP, type MadeUp } from '../../bench/made-up.js';
import { type ModelRow, type ModelsReport, printModels } from '../../bench/print-models.js';
import { choose } from '../../bench/standard.js';
import { precisionNamed } from '../encoder/precision.js';
import { MemgpuError } from '../errors.js';
import type { AdapterFacts } from '../gpu/gpu.js';
import { openNodeGpu } from '../platform/node-gpu.js';
import { addAdapterFlag, addPrecisionFlag } from './encoder-flags.js';
import { wholeNumber } from './numbers.js';
import { addOutputFlags, type OutputFlags, openTerminal } from './terminal.js';
import { tunedState } from './tuned-tiles.js';

interface ModelsFlags extends OutputFlags {
  readonly model?: string;
  readonly batch?: number;
  readonly adapter: string;
  readonly repeats: number;
  readonly precision: string;
}

const EXAMPLES = `
Encoders: ${MADE_UP.map(({ name }) => name).join(', ')}
Large ones are left out on a software adapter unless --model names them.

Examples:
  memgpu bench models
  memgpu bench models --model 'vit-*' --batch 1
  memgpu bench models --json > models.json`;

/** `memgpu bench models`: images per second, cold start and memory of each family, with made-up weights. */
export function addBenchModelsCommand(bench: Command): void {
  const command = bench
    .command('models')
    .description('measure forward passes of encoders with made-up weights: speed, cold start, memory')
    .option('--model <GLOB[,GLOB]>', "only the encoders that they name, such as 'resnet*'")
    .option('--batch <N>', 'images of a batch (default: by what an image costs)', wholeNumber('--batch', 1, 4096))
    .option('--repeats <N>', 'batches that are timed after a warm-up', wholeNumber('--repeats', 1, 1000), 5);
  addPrecisionFlag(command);
  addAdapterFlag(command);
  addOutputFlags(command, 'print one JSON document and nothing else on stdout');
  command.addHelpText('after', EXAMPLES);
  command.action(runBenchModels);
}

async function runBenchModels(flags: ModelsFlags): Promise<void> {
  const started = performance.now();
  precisionNamed(flags.precision);
  const terminal = openTerminal(flags);
  const chosen = flags.model === undefined ? await usual(flags.adapter) : choose(MADE_UP, '--model', flags.model);
  const [first, ...more] = chosen as [MadeUp, ...MadeUp[]];
  const reports: ModelsReport[] = [];
  if (more.length === 0) {
    terminal.note(`Measuring ${first.name}.`);
    reports.push(await measureHere(first, started, flags));
  } else {
    for (const made of chosen) {
      terminal.note(`Measuring ${made.name}.`);
      reports.push(await measureApart(made, flags));
    }
  }
  const report: ModelsReport = { ...reports[0]!, models: reports.flatMap(({ models }) => models) };
  if (flags.json) terminal.print(JSON.stringify(report, null, 2));
  else terminal.print(printModels(report, terminal.paint, process.stdout.columns ?? 120).join('\n'));
}

async function usual(adapter: string): Promise<readonly MadeUp[]> {
  await using gpu = await openNodeGpu({ adapter, robust: 'hardware' });
  return gpu.facts.kind === 'hardware' ? MADE_UP : MADE_UP.filter(({ large }) => !large);
}

/** @param started milliseconds since the process began */
async function measureHere(
  made: MadeUp,
  started: number,
  { adapter, repeats, batch, precision }: ModelsFlags,
): Promise<ModelsReport> {
  const opening = performance.now();
  await using gpu = await openNodeGpu({ adapter, robust: 'hardware' });
  const { tiles } = tunedState(gpu.facts);
  const start = { process: started, adapter: performance.now() - opening };
  const result = await measureModel(gpu, made, start, {
    repeats,
    images: batch,
    tiles,
    precision: precisionNamed(precision),
  });
  // In KiB on every system.
  const row: ModelRow = { ...result, processBytes: process.resourceUsage().maxRSS * 1024 };
  return reportOf(gpu.facts, repeats, row);
}

function reportOf(adapter: AdapterFacts, repeats: number, row: ModelRow): ModelsReport {
  const robust = adapter.kind === 'hardware';
  return { schema: 'memgpu-bench-models/1', adapter, robust, repeats, models: [row] };
}

/**
 * Measures a model in a process of its own: what a cold start takes and how much memory there is at most can be told once
 * in a process.
 * @throws GPU_ERROR where that process fails; it has said why
 */
async function measureApart(
  { name }: MadeUp,
  { adapter, repeats, batch, precision }: ModelsFlags,
): Promise<ModelsReport> {
  const args = ['bench', 'models', '--model', name, '--adapter', adapter, '--repeats', String(repeats)];
  args.push('--precision', precision);
  if (batch !== undefined) args.push('--batch', String(batch));
  const command = [...process.execArgv, process.argv[1]!, ...args, '--json', '--quiet'];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0)
    throw new MemgpuError('GPU_ERROR', `${name} could not be measured`, { hint: 'Its own error is above.' });
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}
