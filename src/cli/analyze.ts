import { type Command, Option } from 'commander';
import { warningsOfEncoders } from '../analysis/build-report.js';
import type { Report } from '../analysis/result.js';
import { MemgpuError } from '../errors.js';
import type { Gpu } from '../gpu/gpu.js';
import { type Host, type LoadedEncoder, loadEncoder } from '../library.js';
import { assertSameArchitecture } from '../models/same-architecture.js';
import { openNodeGpu } from '../platform/node-gpu.js';
import { nodeHost } from '../platform/node-host.js';
import { checkRunFolder, type RunStart } from '../platform/run-folder.js';
import { duration } from '../report/amounts.js';
import { reportJson } from '../report/json.js';
import { terminalSummary } from '../report/terminal.js';
import { addAnalysisFlags, givenAnalysisFlags, resolveAnalysisFlags } from './analysis-flags.js';
import { openSources, resolveSources, type SourceFlags } from './analysis-sources.js';
import { checkedPlan, planDryRun } from './dry-run.js';
import { addAdapterFlag, addEncoderFlags, type EncoderFlags, encoderOptions } from './encoder-flags.js';
import { watchInterrupts } from './interrupt.js';
import { type Job, noteSoftware, type RunFlags, runInFolder, runShard, shardLines } from './run-in-folder.js';
import { checkOnce } from './self-check.js';
import { parseShard } from './shard.js';
import { addOutputFlags, type OutputFlags, openTerminal } from './terminal.js';
import { tunedTiles } from './tuned-tiles.js';

interface AnalyzeFlags extends SourceFlags, EncoderFlags, OutputFlags, RunFlags {
  readonly adapter: string;
  readonly shard?: string;
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

const EXAMPLES = `
Without arguments it runs the demo that ships: a trained pair and 400 images.

An ENCODER is the path or address of a checkpoint, safetensors or PyTorch, or a folder with model.safetensors or
pytorch_model.bin: beside these, config.json and preprocessor_config.json are read too, never from an address. Images
are a folder of pictures, a CIFAR binary or a safetensors file with "images" [n, 3, H, W]; part of one is
train.bin@0-499, train.bin@split.json:candidates or photos@names.txt.

Examples:
  memgpu analyze
  memgpu analyze f.safetensors photos/
  memgpu analyze f.safetensors --reference g.safetensors --candidates train.bin@split.json:candidates --external test.bin
  memgpu analyze f.safetensors photos/ --layers '*.relu,add' --views 20 --out run-1
  memgpu analyze f.safetensors photos/ --out run-1 --resume
  memgpu analyze f.safetensors photos/ --out run-1 --shard 0/4     then 1/4, 2/4, 3/4, and: memgpu merge run-1`;

export function addAnalyzeCommand(program: Command, home: URL): void {
  const command = program
    .command('analyze')
    .description('measure where an encoder memorized its images: report.html, report.json, scores.safetensors, CSV')
    .argument('[encoder]', 'checkpoint of f, trained on the candidates')
    .argument('[images]', 'the candidates, as --candidates')
    .optionsGroup('Encoders and images:')
    .option('--reference <ENCODER>', 'checkpoint of g: the same network, trained without the candidates')
    .option('--candidates <DATASET>', "images of f's training set that g never saw")
    .option('--shared <DATASET>', 'images that both were trained on')
    .option('--independent <DATASET>', "images of g's training set that f never saw")
    .option('--external <DATASET>', 'images that neither saw: the control')
    .option('--labels <FILE>', 'labels of candidates that have none: a JSON array, or one a line')
    .option('--views-from <FILE>', 'instead of images: "views" [n, V, 3, H, H], F32, fed as they are');
  command.optionsGroup('Analysis:');
  addAnalysisFlags(command);
  addEncoderFlags(command);
  addAdapterFlag(command);
  command
    .optionsGroup('Run:')
    .addOption(new Option('--out <DIR>', 'where the results go').default('memgpu-out', 'memgpu-out'))
    .option('--resume', 'go on with the unfinished run in --out; where there is none, start one')
    .option(
      '--force',
      'replace the run in --out, whatever run it is; a folder that holds no run of memgpu is never replaced',
    )
    .option(
      '--shard <I/N>',
      'measure part I of N, from 0, and write chunks alone; memgpu merge makes the report; "auto" asks the scheduler',
    )
    .option('--dry-run', 'print the plan with a measured estimate (--verbose: with the kernels); write nothing')
    .option('--no-pictures', 'leave pictures of the images out of the report');
  addOutputFlags(command, 'print report.json (or the plan) and nothing else on stdout');
  command.addHelpText('after', EXAMPLES);
  command.action((encoder: string | undefined, images: string | undefined, flags: AnalyzeFlags) =>
    runAnalyze(encoder, images, flags, home),
  );
}

async function runAnalyze(
  encoder: string | undefined,
  images: string | undefined,
  flags: AnalyzeFlags,
  home: URL,
): Promise<void> {
  const terminal = openTerminal(flags);
  const start = startOf(flags);
  const shard = flags.shard === undefined ? null : parseShard(flags.shard, process.env);
  const named = resolveSources(encoder, images, flags, home);
  const options = resolveAnalysisFlags(await givenAnalysisFlags(flags as unknown as Record<string, unknown>));
  if (!flags.dryRun) await checkRunFolder(flags.out);

  using interrupt = watchInterrupts(terminal);
  const plain: Host = nodeHost();
  await using sources = await openSources(named, plain.decode);
  await using gpu = await openNodeGpu({ adapter: flags.adapter, robust: 'hardware' });
  const host: Host = { ...plain, tiles: tunedTiles(gpu.facts, terminal) };
  if (named.isDemo) terminal.note('The demo: a ResNet-9 pair and 400 images of CIFAR-10.');
  terminal.detail(`Adapter: ${gpu.facts.name}, ${gpu.facts.driver}`);
  using f = await loadEncoder(host, gpu, named.encoder, encoderOptions(flags));
  using g = named.reference === undefined ? undefined : await loadReference(host, gpu, named.reference, flags, f);
  const plan = checkedPlan({ f, g, sources, options });
  const job: Job = { host, gpu, f, g, sources, options, plan, flags, start, interrupt, terminal, home };
  noteEncoders(job);

  if (flags.dryRun) {
    noteSoftware(job);
    const load = (other: Gpu, path: string) => loadEncoder(host, other, path, encoderOptions(flags));
    const dry = await planDryRun({ ...job, named, load, signal: interrupt.signal, verbose: flags.verbose === true });
    if (flags.json) terminal.print(JSON.stringify(dry.json, null, 2));
    else terminal.say(dry.lines.join('\n'));
    return;
  }
  await checkOnce(f.encoder, plan.views, terminal);
  if (shard) {
    const outcome = await runShard(job, shard);
    if (flags.json) terminal.print(JSON.stringify(outcome, null, 2));
    else terminal.say(shardLines(outcome).join('\n'));
    return;
  }
  const { result, folder, files } = await runInFolder(job);
  if (flags.json) process.stdout.write(reportJson(result.report));
  else {
    const shown = terminal.quiet ? result.report : withoutWarnings(result.report, ['SOFTWARE_ADAPTER']);
    terminal.print(`${terminalSummary(shown, terminal.paint).join('\n')}\n`);
    terminal.say(`Written to ${folder.path}: ${files.join(', ')}`);
    for (const line of paceLines(result.report)) terminal.note(line);
  }
}

/** How long it measured; nothing where all chunks were there already. */
function paceLines({ timings: { measuring = 0, idle = 0 } }: Report): string[] {
  if (measuring === 0) return [];
  const share = ((100 * idle) / measuring).toFixed(1);
  return [`Measured for ${duration(measuring)}; the adapter had nothing to do for ${share} % of it.`];
}

/**
 * Options that hold for f may say nothing about g: then that g is another network says more.
 * @throws SHAPE_MISMATCH where the families differ; what `loadEncoder` throws
 */
async function loadReference(
  host: Host,
  gpu: Gpu,
  path: string,
  flags: EncoderFlags,
  f: LoadedEncoder,
): Promise<LoadedEncoder> {
  try {
    return await loadEncoder(host, gpu, path, encoderOptions(flags));
  } catch (error) {
    if (!(error instanceof MemgpuError) || error.code !== 'BAD_OPTION') throw error;
    const { heads: _, stem: __, stride: ___, ...others } = flags;
    using plain = await loadEncoder(host, gpu, path, encoderOptions(others)).catch(() => undefined);
    if (plain && plain.model.graph.family !== f.model.graph.family) assertSameArchitecture(f.model, plain.model);
    throw error;
  }
}

/** What is to be checked about the encoders, before hours are spent on them; it stands beside the results too. */
function noteEncoders({ f, g, sources, options, terminal }: Job): void {
  const warnings = warningsOfEncoders({
    options,
    f: f.facts,
    g: g?.facts,
    given: 'givenViews' in sources,
    notes: { f: f.model.notes, g: g?.model.notes ?? [] },
  });
  for (const { code, message } of warnings) terminal.note(`Note: ${message} (${code})`);
}

/** @throws BAD_OPTION for flags that contradict each other */
function startOf({ resume = false, force = false, dryRun = false, shard }: AnalyzeFlags): RunStart {
  const modes = [resume && '--resume', force && '--force', dryRun && '--dry-run'].filter((flag) => flag !== false);
  // Whoever takes part in a run goes on with it anyway.
  const contradicting = shard !== undefined && !resume ? ['--shard', ...modes] : modes;
  if (contradicting.length > 1) {
    throw new MemgpuError('BAD_OPTION', `${contradicting.join(' and ')} contradict each other`, {
      hint: '--resume goes on with a run, --force replaces it, --dry-run touches nothing, --shard takes part in it.',
    });
  }
  if (shard !== undefined) return 'join';
  if (resume) return 'resume';
  return force ? 'force' : 'new';
}

function withoutWarnings(report: Report, codes: readonly string[]): Report {
  return { ...report, warnings: report.warnings.filter(({ code }) => !codes.includes(code)) };
}
