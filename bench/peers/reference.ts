import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel } from '../../src/models/load.js';
import { nchwToNhwc, nhwcToNchw, runGraphF64 } from '../../test/reference/forward.js';
import { graphOf, inputOf, type Job, resnet9, viewsOf, weightsOf } from './jobs.js';

/** The file of a job's float64 output, computed by plain loops the first time that it is wanted. */
export async function referenceFile(job: Job, folder: string): Promise<string> {
  const file = join(folder, `${job.name}-${digest(job)}.f64`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const output = job.network === 'resnet9-pair' ? await alignments(job) : await forward(job);
  writeFileSync(`${file}.part`, output);
  renameSync(`${file}.part`, file);
  return file;
}

export function readReference(file: string): Float64Array {
  return new Float64Array(new Uint8Array(readFileSync(file)).buffer);
}

export function readFloats(file: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(file)).buffer);
}

/** Of weights and input: another reference for other numbers. */
function digest(job: Job): string {
  const hash = createHash('sha256').update(inputOf(job));
  hash.update(JSON.stringify(job.output));
  const all = job.network === 'resnet9-pair' ? [resnet9('f'), resnet9('g')] : [weightsOf(job.network)];
  for (const { tensors } of all) for (const [name, { data }] of tensors) hash.update(name).update(data);
  return hash.digest('hex').slice(0, 16);
}

async function forward(job: Job): Promise<Float64Array> {
  const { graph, parameters, output } = await graphOf(job.network);
  const views = job.checked ?? viewsOf(job);
  const input = inputOf(job).subarray(0, (inputOf(job).length / viewsOf(job)) * views);
  const values = runGraphF64(graph, parameters, nchwToNhwc(input, views, graph.input), views).get(output)!;
  const [, channels = 1, height = 1, width = 1] = job.output;
  return nhwcToNchw(values, views, { channels, height, width });
}

/** Mean ℓ2 distance between the unit features of two views: [encoder, layer, image]. */
async function alignments(job: Job): Promise<Float64Array> {
  const [images = 0, views = 0] = job.input;
  const input = inputOf(job);
  const each = input.length / images;
  const output = new Float64Array(job.output.reduce((product, length) => product * length, 1));
  const { layers } = await graphOf(job.network);
  for (const [e, encoder] of (['f', 'g'] as const).entries()) {
    const { graph, parameters } = await loadModel(resnet9(encoder));
    for (let image = 0; image < images; image++) {
      const pixels = nchwToNhwc(input.subarray(image * each, (image + 1) * each), views, graph.input);
      const nodes = runGraphF64(graph, parameters, pixels, views);
      for (const [l, layer] of layers.entries())
        output[(e * layers.length + l) * images + image] = meanDistance(nodes.get(layer)!, views);
    }
  }
  return output;
}

/** @param features [views, features] */
function meanDistance(features: Float64Array, views: number): number {
  const length = features.length / views;
  const unit = Array.from({ length: views }, (_, v) => {
    const view = features.subarray(v * length, (v + 1) * length);
    const norm = Math.sqrt(view.reduce((sum, value) => sum + value * value, 0));
    return view.map((value) => value / norm);
  });
  let total = 0;
  for (let a = 0; a < views; a++)
    for (let b = a + 1; b < views; b++)
      total += Math.sqrt(unit[a]!.reduce((sum, value, i) => sum + (value - unit[b]![i]!) ** 2, 0));
  return total / ((views * (views - 1)) / 2);
}
