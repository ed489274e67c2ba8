import type { Chunk } from './chunks.js';
import type { SetName } from './result.js';

/** What a caller is told while a pass runs. */
export interface Progress {
  readonly set: SetName;
  /** Images measured or found finished, of all. */
  readonly done: number;
  readonly total: number;
  /** Images per second of this run; null before the first batch is done. */
  readonly rate: number | null;
  /** Seconds left at that rate. */
  readonly left: number | null;
}

/** Counts images and seconds. */
export class Meter {
  readonly #total: number;
  readonly #onProgress: ((progress: Progress) => void) | undefined;
  #done = 0;
  /** Images of the chunk that is being measured. */
  #ofChunk = 0;
  #measured = 0;
  #start = 0;

  constructor(total: number, onProgress: ((progress: Progress) => void) | undefined) {
    this.#total = total;
    this.#onProgress = onProgress;
  }

  /** A chunk was finished before. */
  found({ set, count }: Chunk): void {
    this.#done += count;
    this.#report(set);
  }

  /** Called before a batch is submitted. */
  begin(): void {
    if (this.#start === 0) this.#start = performance.now();
  }

  measured({ set }: Chunk, images: number): void {
    this.#done += images;
    this.#ofChunk += images;
    this.#measured += images;
    this.#report(set);
  }

  finished(): void {
    this.#ofChunk = 0;
  }

  /** The chunk is measured anew. */
  restart(): void {
    this.#done -= this.#ofChunk;
    this.#ofChunk = 0;
  }

  #report(set: SetName): void {
    const rate = this.#measured === 0 ? null : this.#measured / ((performance.now() - this.#start) / 1000);
    const left = rate === null ? null : (this.#total - this.#done) / rate;
    this.#onProgress?.({ set, done: this.#done, total: this.#total, rate, left });
  }
}
