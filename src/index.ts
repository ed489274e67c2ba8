/// <reference lib="dom" preserve="true" />
/// <reference lib="esnext.disposable" preserve="true" />
/**
 * memgpu in a browser: `openGpu`, `loadEncoder`, `openImages`, `analyze`. Importing it touches nothing; the decoders
 * of pictures are fetched when the first picture is.
 */

import { MemgpuError } from './errors.js';
import type { GivenDevice, Gpu } from './gpu/gpu.js';
import type { IndexedDataset } from './images/dataset.js';
import { type ImageInput, openImages as openPictures } from './images/memory.js';
import {
  type AnalysisResult,
  type AnalyzeOptions,
  analyze as analyzeOn,
  type EncoderOptions,
  type EncoderSource,
  type LoadedEncoder,
  loadEncoder as loadOn,
} from './library.js';
import { openBrowserGpu } from './platform/browser-gpu.js';
import { browserDecoder, openFiles, type WasmAddresses } from './platform/browser-images.js';

export * from './exports.js';

/** Which GPU: a device of the caller's (left alive), or how to choose an adapter. */
export interface GpuOptions {
  readonly device?: GivenDevice;
  /** 'auto' takes hardware where there is some; a part of an adapter's name chooses one, in Node. */
  readonly adapter?: 'auto' | 'hardware' | 'software' | (string & {});
}

export interface ImagesOptions {
  /** For messages and reports. */
  readonly name?: string;
  /** Names of the classes that labels count. */
  readonly classes?: readonly string[];
  /** Where the decoders' WASM files lie; by default beside the package's script. */
  readonly decoders?: WasmAddresses;
}

const host = { decode: browserDecoder() };

/** Opens a GPU. @throws NO_ADAPTER saying what to do */
export async function openGpu({ device, adapter = 'auto' }: GpuOptions = {}): Promise<Gpu> {
  const kind = (['auto', 'hardware', 'software'] as const).find((known) => known === adapter);
  if (kind === undefined) {
    throw new MemgpuError('BAD_OPTION', `a browser does not choose an adapter by the name ${JSON.stringify(adapter)}`, {
      hint: 'Use auto, hardware or software.',
    });
  }
  return openBrowserGpu({ adapter: kind, ...(device ? { device: device as GPUDevice } : {}) });
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
 * A dataset: chosen or dropped files (a folder, a CIFAR binary, a safetensors file with `images`), or pictures. In Node
 * also a path, with `@SELECTION`.
 * @throws BAD_DATASET, BAD_SAFETENSORS, BAD_OPTION; in Node IO
 */
export async function openImages(
  images: string | Iterable<ImageInput> | AsyncIterable<ImageInput> | Iterable<File>,
  { decoders, ...options }: ImagesOptions = {},
): Promise<IndexedDataset> {
  if (typeof images === 'string') {
    throw new MemgpuError('BAD_OPTION', 'a page cannot open images by a path', { hint: 'Give files or pictures.' });
  }
  const decode = decoders ? browserDecoder(decoders) : host.decode;
  const files = Symbol.iterator in images ? [...images] : [];
  if (files.length > 0 && files.every((file) => file instanceof File)) return openFiles(files as File[], decode);
  return openPictures(files.length > 0 ? (files as ImageInput[]) : (images as AsyncIterable<ImageInput>), {
    decode,
    ...options,
  });
}

/**
 * Measures where an encoder memorized its images: LayerMem per layer, UnitMem per unit, contrasts between sets with
 * bootstrap intervals (Wang et al., NeurIPS 2024).
 * @throws BAD_OPTION, BAD_IMAGE, SHAPE_MISMATCH, NON_FINITE, ABORTED, DEVICE_LOST, OUT_OF_MEMORY
 */
export function analyze(options: AnalyzeOptions): Promise<AnalysisResult> {
  return analyzeOn(host, options);
}
