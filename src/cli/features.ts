import type { Command } from 'commander';
import { CHUNK_IMAGES } from '../analysis/chunks.js';
import { features } from '../analysis/features.js';
import { layOutSafetensors, type TensorSpec } from '../checkpoints/safetensors-writer.js';
import { MemgpuError } from '../errors.js';
import { resolveTaps } from '../graph/taps.js';
import { cleanFeed, givenViewsFeed, type Host, loadEncoder } from '../library.js';
import { openNodeGpu } from '../platform/node-gpu.js';
import { nodeHost } from '../platform/node-host.js';
import { openDataset } from '../platform/node-images.js';
import { createPending } from '../platform/whole-files.js';
import { byteCount, counted } from '../report/amounts.js';
import { VERSION } from '../version.js';
import { globs } from './analysis-flags.js';
import {
  addAdapterFlag,
  addEncoderFlags,
  addPrecisionFlag,
  type EncoderFlags,
  encoderOptions,
} from './encoder-flags.js';
import { endIfInterrupted, watchInterrupts } from './interrupt.js';
import { wholeNumber } from './numbers.js';
import { checkOutputFile, datasetFiles, encoderFiles } from './output-file.js';
import { showProgress } from './progress.js';
import { checkOnce } from './self-check.js';
import { addOutputFlags, type OutputFlags, openTerminal } from './terminal.js';
import { tunedTiles } from './tuned-tiles.js';
import { holdsViews, openViewsFile } from './views-file.js';

interface FeaturesFlags extends EncoderFlags, OutputFlags {
  readonly nodes: string[];
  readonly out: string;
  readonly batch?: number;
  readonly adapter: string;
  readonly force?: boolean;
}

export function addFeaturesCommand(program: Command): void {
  const command = program
    .command('features')
    .description('write the values of any nodes over a dataset to a safetensors file, a tensor per node')
    .argument('<encoder>', 'checkpoint')
    .argument('<dataset>', 'images, of which the clean view is taken; or a file with "views" [n, V, 3, H, H]')
    .requiredOption('--nodes <GLOB[,GLOB]>', 'which nodes, by their names or aliases; repeatable', globs)
    .requiredOption('--out <FILE>', 'safetensors file: tensor NODE [n, …] (or [n, V, …]) F32, and "index" [n] I32')
    .option('--batch <N>', 'images per submission; changes no number', wholeNumber('--batch', 1, 4096))
    .option('--force', 'replace the file --out; never an input, a link or a device');
  addPrecisionFlag(command);
  addEncoderFlags(command);
  addAdapterFlag(command);
  addOutputFlags(command, 'print what was written as one JSON document');
  command.addHelpText(
    'after',
    "\nExample:\n  memgpu features encoder.safetensors test.bin@0-99 --nodes 'pooled,*.relu' --out features.safetensors\n\nThe metadata 'aliases' holds, for each tensor, the node's other names (torchvision's, timm's) as JSON.",
  );
  command.action(runFeatures);
}

async function runFeatures(path: string, dataset: string, flags: FeaturesFlags): Promise<void> {
  const terminal = openTerminal(flags);
  const options = encoderOptions(flags);
  await checkOutputFile(flags.out, flags.force === true, [
    ...(await encoderFiles(path)),
    ...(await datasetFiles(dataset)),
  ]);
  using interrupt = watchInterrupts(terminal);
  const host: Host = nodeHost();
  await using images = await openInput(dataset, host);
  await using gpu = await openNodeGpu({ adapter: flags.adapter, robust: 'hardware' });
  const tiles = tunedTiles(gpu.facts, terminal);
  using encoder = await loadEncoder({ ...host, tiles }, gpu, path, options);
  const { notes } = encoder.model;
  for (const { code, message } of notes) terminal.note(`Note: ${message} (${code})`);
  const { size } = encoder.preprocessing;
  if (images.views && images.views.size !== size) {
    throw new MemgpuError(
      'SHAPE_MISMATCH',
      `${dataset}: views of ${images.views.size} pixels, the encoder takes ${size}`,
      {
        hint: `Give --size ${images.views.size} if the encoder can take it.`,
      },
    );
  }
  const source = images.views ? givenViewsFeed(images.views) : cleanFeed(images.dataset, encoder.preprocessing);
  const n = images.views ? images.views.images : images.dataset.length;

  const nodes = new Set(resolveTaps(encoder.model.graph, flags.nodes));
  const aliases = encoder.nodes.flatMap(({ name, aliases = [] }) => (nodes.has(name) ? [[name, aliases]] : []));
  const tensors = encoder.nodes.flatMap(({ name, shape }): TensorSpec[] =>
    nodes.has(name)
      ? [{ name, dtype: 'F32', shape: [n, ...(images.views ? [images.views.views] : []), ...shape] }]
      : [],
  );
  const layout = layOutSafetensors([...tensors, { name: 'index', dtype: 'I32', shape: [n] }], {
    memgpu: VERSION,
    encoder: encoder.facts.sha256,
    precision: encoder.encoder.design.precision,
    aliases: JSON.stringify(Object.fromEntries(aliases)),
  });
  await checkOnce(encoder.encoder, 1, terminal);
  await using file = await createPending(flags.out);
  await file.write(layout.header, 0);
  using progress = showProgress(terminal, { adapter: gpu.facts.name, cuts: ['fewer images'] });
  const start = performance.now();
  const [first] = nodes;
  for await (const { node, position, index, data } of features(encoder.encoder, source, {
    nodes: flags.nodes,
    images: n,
    batch: flags.batch,
  })) {
    endIfInterrupted(interrupt.signal);
    const { offset, bytes } = layout.tensors.get(node)!;
    await file.write(asBytes(data), offset + position * (bytes / n));
    if (node !== first) continue;
    await file.write(asBytes(Int32Array.of(index)), layout.tensors.get('index')!.offset + 4 * position);
    const done = position + 1;
    // The first images carry the time of compiling.
    const rate = done < CHUNK_IMAGES ? null : done / ((performance.now() - start) / 1000);
    progress.update({ done, total: n, rate, left: rate && (n - done) / rate });
  }
  gpu.check();
  await file.commit();
  const written = { out: flags.out, images: n, notes, tensors: tensors.map(({ name, shape }) => ({ name, shape })) };
  if (flags.json) terminal.print(JSON.stringify(written, null, 2));
  else {
    const [nodeCount, imageCount] = [counted(tensors.length, 'node'), counted(n, 'image')];
    terminal.say(`Written to ${flags.out}: ${nodeCount} of ${imageCount}, ${byteCount(layout.bytes)}`);
  }
}

/** A dataset, or a file of given views. */
async function openInput(spec: string, host: Host) {
  if (await holdsViews(spec)) {
    const views = await openViewsFile(spec);
    return { views, [Symbol.asyncDispose]: () => views[Symbol.asyncDispose]() };
  }
  const dataset = await openDataset(spec, host.decode);
  return { views: undefined, dataset, [Symbol.asyncDispose]: async () => dataset.close?.() };
}

function asBytes(data: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
