/** The sample of a run's precision as two files, so that a merge can say how coarse it was. */
import type { PrecisionSample } from './analysis/precision-error.js';
import { decodeChunk, encodeChunk } from './chunk-file.js';
import type { Precision } from './kernels/design.js';

/** Which of both: measured in the run's precision, or in f32. */
export type SampleName = 'coarse' | 'exact';

/** Where the files are: one per name, there whole or not at all. */
export interface SampleFiles {
  /** Null where there is none. */
  read(name: SampleName): Promise<Uint8Array | null>;
  write(name: SampleName, bytes: Uint8Array): Promise<void>;
}

/** @param key of the run */
export async function writeSample(files: SampleFiles, key: string, sample: PrecisionSample): Promise<void> {
  await files.write('coarse', encodeChunk(sample.coarse, key));
  await files.write('exact', encodeChunk(sample.exact, key));
}

/** Null where there is none of this run, or none that can be read. */
export async function readSample(
  files: SampleFiles,
  key: string,
  precision: Precision,
): Promise<PrecisionSample | null> {
  const read = async (name: SampleName) => {
    const bytes = await files.read(name);
    return bytes && decodeChunk(bytes, 'any chunk', key, 'any adapter');
  };
  const [coarse, exact] = await Promise.all([read('coarse'), read('exact')]);
  return coarse && exact ? { name: precision, coarse, exact } : null;
}
