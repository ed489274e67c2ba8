/** Activations of a batch are kept below this, where one image allows it. */
const BATCH_BYTES = 512 * 2 ** 20;

/** The largest batch, up to a chunk, whose activations stay below `BATCH_BYTES`. */
export function automaticBatch(bytesPerImage: number, chunkImages: number): number {
  return Math.max(1, Math.min(chunkImages, Math.floor(BATCH_BYTES / bytesPerImage)));
}
