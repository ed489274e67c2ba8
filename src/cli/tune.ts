import type { Command } from 'commander';
import { printTune, type TuneReport } from '../../bench/print-tune.js';
import { choose } from '../../bench/standard.js';
import { chooseTiles, timeTiles, tunedShapes } from '../../bench/tune.js';
import { MemgpuError } from '../errors.js';
import { tileName } from '../kernels/tile.js';
import { openNodeGpu } from '../platform/node-gpu.js';
import { forgetTunedTiles, writeTunedTiles } from '../platform/tuned-tiles.js';
import { addAdapterFlag } from './encoder-flags.js';
import { wholeNumber } from './numbers.js';
import { addOutputFlags, type OutputFlags, openTerminal } from './terminal.js';
import { tunedTiles } from './tuned-tiles.js';

interface TuneFlags extends OutputFlags {
  readonly only?: string;
  readonly reset?: boolean;
  readonly adapter: string;
  readonly repeats: number;
}

const NOTES = `
Every tile adds the products of a sum in the same order, so a choice changes the time and no result (where a GPU's
driver fuses multiplication and addition, as a change of driver may). Choices are kept in the cache folder for this
adapter, its driver and this version of memgpu.

Examples:
  memgpu tune
  memgpu tune --only 'gemm*'
  memgpu tune --reset`;

export function addTuneCommand(program: Command): void {
  const command = program
    .command('tune')
    .description('measure which tiles of convolutions are fastest on this adapter, and use them from now on')
    .option('--only <GLOB[,GLOB]>', "only the shapes that they name, such as 'gemm*'; other choices stay")
    .option('--reset', 'forget what was chosen for this adapter')
    .option('--repeats <N>', 'times that each is run after a warm-up', wholeNumber('--repeats', 1, 1000), 5);
  addAdapterFlag(command);
  addOutputFlags(command, 'print one JSON document and nothing else on stdout');
  command.addHelpText('after', NOTES);
  command.action(runTune);
}

async function runTune({ only, reset = false, adapter, repeats, ...output }: TuneFlags): Promise<void> {
  const terminal = openTerminal(output);
  if (reset && only !== undefined) throw new MemgpuError('BAD_OPTION', '--reset and --only contradict each other');
  await using gpu = await openNodeGpu({ adapter, robust: 'hardware' });
  const { facts } = gpu;
  if (reset) {
    const removed = forgetTunedTiles(facts);
    if (output.json) terminal.print(JSON.stringify({ removed }, null, 2));
    else terminal.print(removed.length > 0 ? `Removed ${removed.join(', ')}` : `Nothing was stored for ${facts.name}`);
    return;
  }
  const all = tunedShapes(facts.kind);
  const shapes = only === undefined ? all : choose(all, '--only', only);
  // Read before the minutes of measuring, so that a warning comes first.
  const kept = only === undefined ? {} : tunedTiles(facts, terminal);
  terminal.note(`Measuring tiles for ${shapes.length} shapes on ${facts.name}.`);
  const times = await timeTiles(gpu, shapes, repeats, (name) => terminal.detail(name));
  gpu.check();
  const choices = chooseTiles(times);
  const names = Object.entries(kept).map(([kind, tile]) => [kind, tileName(tile)]);
  const chosen = choices.map(({ kind, chosen }) => [kind, chosen]);
  const file = writeTunedTiles(facts, Object.fromEntries([...names, ...chosen]));
  const report: TuneReport = { schema: 'memgpu-tune/1', adapter: facts, repeats, shapes: times, choices, file };
  if (output.json) terminal.print(JSON.stringify(report, null, 2));
  else terminal.print(printTune(report, terminal.paint, process.stdout.columns ?? 120).join('\n'));
}
