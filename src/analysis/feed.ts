import type { Buffer, Gpu, Recording } from '../gpu/gpu.js';
import type { SetName } from './result.js';

/** An image of a set, as a feed made it ready on the host. */
export interface FedImage {
  readonly index: number;
  readonly name: string;
  readonly label: number | undefined;
  /** A digest of the picture's pixels, '' where views were given. */
  readonly pixels: string;
}

/** Images ready to be sent to the GPU: decoding and drawing are done. */
export interface PreparedBatch {
  readonly images: readonly FedImage[];
  /** Queues the writes to the GPU. Where a buffer is too small, `idle` is awaited before it is replaced. */
  upload(idle: () => Promise<unknown>): Promise<void>;
}

/** Where the rows of a batch come from: views drawn from images, or views that the user gives. */
export interface Feed extends Disposable {
  /** The encoders' input: [image · rows + row][size][size][4], f32. */
  readonly input: Buffer;
  /** Rows per image: its views, after the clean image where pairs are `clean`. */
  readonly rows: number;
  /** Changes when what `record` appends has changed: recordings made before are stale. */
  readonly version: number;
  /**
   * Everything that the host does for images `first` … `first + count − 1` of a set; for fewer, but at least one, where
   * their pictures are large.
   */
  prepare(set: SetName, first: number, count: number): Promise<PreparedBatch>;
  /** Appends what the GPU does for the uploaded batch. */
  record(recording: Recording, images: number): void;
  dispose(): void;
}

/** Makes a feed for batches of up to `images` images. */
export interface FeedSource {
  readonly rows: number;
  open(gpu: Gpu, images: number): Promise<Feed>;
}
