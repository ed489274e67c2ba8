import type { IndexedDataset } from './dataset.js';

/** The dataset with a digest that is made once, as it reads every image; one that failed is made anew. */
export function withOneDigest(dataset: IndexedDataset): IndexedDataset {
  let digest: Promise<string> | undefined;
  return {
    ...dataset,
    digest() {
      digest ??= dataset.digest().catch((error) => {
        digest = undefined;
        throw error;
      });
      return digest;
    },
  };
}
