/** Staging buffers through which results come back, kept and used again. */
import type { Range } from './checks.js';
import { BufferUsage, MAP_READ } from './flags.js';

/** As many as there are submits in flight, so that a steady stream of runs creates none. */
const KEPT = 3;
const GRAIN = 4096;

/** One staging buffer on its way: filled by copies of a submit, then read once. */
export interface Landing {
  /** Adds the copy to the submit; returns where in the staging buffer it lands. */
  readonly copy: (encoder: GPUCommandEncoder, source: GPUBuffer, offset: number, bytes: number) => void;
  /** Waits for the submit and gives the copied ranges in the order that they were added. */
  readonly read: (wait: (mapped: Promise<undefined>) => Promise<unknown>) => Promise<ArrayBuffer[]>;
}

export class Staging {
  readonly #device: GPUDevice;
  readonly #free: GPUBuffer[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Room for `ranges`, packed. */
  land(ranges: readonly Pick<Range, 'bytes'>[]): Landing {
    const total = ranges.reduce((sum, range) => sum + range.bytes, 0);
    const buffer = this.#take(total);
    const landed: { start: number; bytes: number }[] = [];
    let end = 0;
    return {
      copy: (encoder, source, offset, bytes) => {
        encoder.copyBufferToBuffer(source, offset, buffer, end, bytes);
        landed.push({ start: end, bytes });
        end += bytes;
      },
      read: async (wait) => {
        try {
          await wait(buffer.mapAsync(MAP_READ, 0, total));
          const mapped = buffer.getMappedRange(0, total);
          const results = landed.map(({ start, bytes }) => mapped.slice(start, start + bytes));
          buffer.unmap();
          this.#put(buffer);
          return results;
        } catch (error) {
          buffer.destroy();
          throw error;
        }
      },
    };
  }

  /** The smallest kept buffer that is large enough, or a new one. */
  #take(bytes: number): GPUBuffer {
    const at = this.#free.findIndex((buffer) => buffer.size >= bytes);
    const [kept] = at < 0 ? [] : this.#free.splice(at, 1);
    const size = Math.ceil(bytes / GRAIN) * GRAIN;
    return (
      kept ??
      this.#device.createBuffer({
        label: `read-back of ${bytes} bytes`,
        size: Math.min(size, this.#device.limits.maxBufferSize),
        usage: BufferUsage.MAP_READ | BufferUsage.COPY_DST,
      })
    );
  }

  /** Kept sorted by size; beyond the number kept, the smallest goes. */
  #put(buffer: GPUBuffer): void {
    this.#free.push(buffer);
    this.#free.sort((a, b) => a.size - b.size);
    if (this.#free.length > KEPT) this.#free.shift()?.destroy();
  }

  dispose(): void {
    for (const buffer of this.#free.splice(0)) buffer.destroy();
  }
}
