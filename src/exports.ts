/** What both entries of the package export beside the functions that need their host. */

export type { ChunkLayer, ChunkRecord, ChunkStore } from './analysis/chunk-record.js';
export type { Chunk } from './analysis/chunks.js';
export type { Feature } from './analysis/features.js';
export type { GivenViews } from './analysis/given-views.js';
export type { Progress } from './analysis/meter.js';
export type { AnalysisOptions, AnalysisOptionsInput } from './analysis/options.js';
export { resolveOptions } from './analysis/options.js';
export type * from './analysis/result.js';
export { SET_NAMES } from './analysis/result.js';
export { writeSafetensors } from './checkpoints/safetensors-writer.js';
export type { ByteSource } from './checkpoints/source.js';
export { type ErrorCode, MemgpuError } from './errors.js';
export type { AdapterFacts, Gpu } from './gpu/gpu.js';
export type { NodeFacts } from './graph/facts.js';
export type { IndexedDataset } from './images/dataset.js';
export type { Picture } from './images/image.js';
export type { ImageInput, PictureInput } from './images/memory.js';
export { PRESET_NAMES } from './images/presets.js';
export { PRECISIONS, type Precision } from './kernels/design.js';
export type {
  AnalysisResult,
  AnalyzeOptions,
  EncoderOptions,
  EncoderSource,
  FeaturesOptions,
  Images,
  LoadedEncoder,
  PassedSelfCheck,
} from './library.js';
export { selfCheck } from './library.js';
export { imagesCsv, layersCsv, unitsCsv } from './report/csv.js';
export { reportJson } from './report/json.js';
export { scoreTensors } from './report/scores.js';
export { VERSION } from './version.js';
