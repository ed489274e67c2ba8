/// <reference lib="dom" preserve="true" />
/// <reference lib="esnext.disposable" preserve="true" />
/**
 * memgpu in Node: `openGpu`, `loadEncoder`, `openImages`, `analyze`, with paths wherever a browser takes files.
 * Importing it loads no driver; `openGpu` does.
 */
import type { Gpu } from './gpu/gpu.js';
import type { IndexedDataset } from './images/dataset.js';
import { type ImageInput, openImages as openPictures } from './images/memory.js';
import type { GpuOptions, ImagesOptions } from './index.js';
import {
  type AnalysisResult,
  type AnalyzeOptions,
  analyze as analyzeOn,
  type EncoderOptions,
  type EncoderSource,
  type LoadedEncoder,
  loadEncoder as loadOn,
} from './library.js';
import { openNodeGpu } from './platform/node-gpu.js';
import { nodeHost } from './platform/node-host.js';
import { openDataset } from './platform/node-images.js';

export * from './exports.js';
export type { GpuOptions, ImagesOptions } from './index.js';

const host = nodeHost();

/** Opens a GPU: the system's, or the embedded software adapter. @throws NO_ADAPTER saying what was tried */
export function openGpu({ device, ...options }: GpuOptions = {}): Promise<Gpu> {
  return openNodeGpu({ ...options, ...(device ? { device: device as GPUDevice } : {}) });
}

/**
 * Recognises the encoder in a safetensors or PyTorch file, checks it, and puts its weights on the GPU. Nothing in the file
 * is executed.
 * @throws IO, BAD_SAFETENSORS, BAD_PYTORCH, UNKNOWN_ARCHITECTURE, MISSING_TENSOR, SHAPE_MISMATCH, NON_FINITE, OUT_OF_MEMORY
 */
export function loadEncoder(gpu: Gpu, source: EncoderSource, options?: EncoderOptions): Promise<LoadedEncoder> {
  return loadOn(host, gpu, source, options);
}

/**
 * A dataset: a path (a folder, a CIFAR binary, a safetensors file with `images`; with `@SELECTION`), or pictures.
 * @throws IO, BAD_DATASET, BAD_SAFETENSORS, BAD_OPTION
 */
export function openImages(
  images: string | Iterable<ImageInput> | AsyncIterable<ImageInput>,
  { decoders: _, ...options }: ImagesOptions = {},
): Promise<IndexedDataset> {
  if (typeof images === 'string') return openDataset(images, host.decode);
  return openPictures(images, { decode: host.decode, ...options });
}

/**
 * Measures where an encoder memorized its images: LayerMem per layer, UnitMem per unit, contrasts between sets with
 * bootstrap intervals (Wang et al., NeurIPS 2024).
 * @throws BAD_OPTION, BAD_IMAGE, SHAPE_MISMATCH, NON_FINITE, ABORTED, DEVICE_LOST, OUT_OF_MEMORY
 */
export function analyze(options: AnalyzeOptions): Promise<AnalysisResult> {
  return analyzeOn(host, options);
}
