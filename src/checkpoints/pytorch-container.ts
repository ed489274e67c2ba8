import type { StoredBytes } from './torch-objects.js';

/** A PyTorch file whose pickle has been read. */
export interface PytorchContainer {
  /** What was saved. */
  readonly root: unknown;
  /** @throws BAD_PYTORCH unless the file holds these bytes. Reads nothing. */
  check(stored: StoredBytes): void;
  /** `length` of the stored bytes from `begin`. @throws BAD_PYTORCH, IO */
  read(stored: StoredBytes, begin: number, length: number): Promise<Uint8Array>;
}

/** Longest pickle that is read: a model's has about 250 bytes for a tensor. */
export const PICKLE_MAX = 1 << 26;
