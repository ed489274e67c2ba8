import { join } from 'node:path';
import type { Command } from 'commander';
import { MemgpuError } from '../errors.js';
import { quoted } from '../images/names.js';
import { type MergeableRun, mergeRuns, type RunPart } from '../merge.js';
import { chunkNumbers, nodeChunkFiles, nodeSampleFiles } from '../platform/node-chunk-files.js';
import { CHUNKS, checkRunFolder, openRunFolder, readRun } from '../platform/run-folder.js';
import { reportJson } from '../report/json.js';
import { terminalSummary } from '../report/terminal.js';
import { imagesWithPictures } from './merge-pictures.js';
import { outputFiles } from './outputs.js';
import { addOutputFlags, type OutputFlags, openTerminal } from './terminal.js';

interface MergeFlags extends OutputFlags {
  readonly out?: string;
  readonly mixedAdapters?: boolean;
  readonly pictures: boolean;
}

const EXAMPLES = `
Where all shards wrote into one folder, that is all there is to say; where each machine had its own, name them all.

Examples:
  memgpu merge run-1
  memgpu merge shard-0 shard-1 shard-2 --out run-1`;

export function addMergeCommand(program: Command, home: URL): void {
  const command = program
    .command('merge')
    .description('make the report of a run from the chunks of its shards; no GPU is needed')
    .argument('<folder...>', 'folders of memgpu analyze --shard: of the same encoders, images and options')
    .option('--out <DIR>', 'where the results go; default: the folder, where there is one')
    .option('--mixed-adapters', 'take chunks of several adapters, drivers or versions; the report names them')
    .option('--no-pictures', 'leave pictures of the images out of the report');
  addOutputFlags(command, 'print report.json and nothing else on stdout');
  command.addHelpText('after', EXAMPLES);
  command.action((folders: string[], flags: MergeFlags) => runMerge(folders, flags, home));
}

async function runMerge(folders: readonly string[], flags: MergeFlags, home: URL): Promise<void> {
  const terminal = openTerminal(flags);
  const out = outOf(folders, flags);
  await checkRunFolder(out);
  const parts: RunPart[] = [];
  for (const folder of folders) parts.push(await openPart(folder));
  const { run } = parts[0]!;
  const merged = await mergeRuns(parts, flags.mixedAdapters === true);
  const images = flags.pictures ? await imagesWithPictures(merged, run, terminal) : merged.report.images;
  const report = { ...merged.report, images };
  const outputs = await outputFiles({ report, scores: merged.scores }, home);
  const folder = await openRunFolder(out, run, 'join');
  await folder.finish(outputs);
  if (flags.json) process.stdout.write(reportJson(report));
  else {
    terminal.print(`${terminalSummary(report, terminal.paint).join('\n')}\n`);
    terminal.say(`Written to ${out}: ${Object.keys(outputs).join(', ')}`);
  }
}

/** @throws BAD_OPTION where several folders leave open which one is meant */
function outOf(folders: readonly string[], { out }: MergeFlags): string {
  const [only, ...others] = folders as [string, ...string[]];
  if (out !== undefined) return out;
  if (others.length === 0) return only;
  throw new MemgpuError('BAD_OPTION', '--out is missing', { hint: 'Say where the report of several folders goes.' });
}

/** @throws BAD_OPTION where the folder holds no run */
async function openPart(folder: string): Promise<RunPart> {
  const run = await readRun(folder);
  if (run === null || !('context' in run)) {
    throw new MemgpuError('BAD_OPTION', `${quoted(folder)} holds no run of memgpu`, {
      hint: 'Name a folder that memgpu analyze --shard wrote into, with its --out.',
    });
  }
  const chunks = join(folder, CHUNKS);
  return {
    name: folder,
    run: run as MergeableRun,
    files: nodeChunkFiles(chunks),
    numbers: await chunkNumbers(chunks),
    sample: nodeSampleFiles(chunks),
  };
}
