/** Buffers of a device: made together or not at all, counted, freed explicitly. */
import { MemgpuError } from '../errors.js';
import { checkRequests, type UsedBuffer, wrongUse } from './checks.js';
import { asFailure, SMALLER_BATCH } from './failures.js';
import { BufferUsage } from './flags.js';
import type { AdapterFacts, Allocation, Buffer, BufferRequest } from './gpu.js';

const { STORAGE, UNIFORM, COPY_SRC, COPY_DST } = BufferUsage;

export class DeviceBuffer implements UsedBuffer {
  readonly label: string;
  readonly bytes: number;
  readonly usage: 'storage' | 'uniform';
  readonly owner: Heap;
  readonly gpu: GPUBuffer;
  disposed = false;

  constructor(owner: Heap, request: BufferRequest, gpu: GPUBuffer) {
    this.owner = owner;
    this.label = request.label;
    this.bytes = request.bytes;
    this.usage = request.usage ?? 'storage';
    this.gpu = gpu;
  }
}

/** What is counted in bytes, and the most that it ever was. */
export class ByteCount {
  now = 0;
  peak = 0;

  add(bytes: number): void {
    this.now += bytes;
    this.peak = Math.max(this.peak, this.now);
  }
}

export class Heap {
  readonly count = new ByteCount();
  readonly #device: GPUDevice;
  readonly #limits: AdapterFacts['limits'];
  readonly #live = new Set<DeviceAllocation>();

  constructor(device: GPUDevice, limits: AdapterFacts['limits']) {
    this.#device = device;
    this.#limits = limits;
  }

  async allocate(requests: readonly BufferRequest[]): Promise<DeviceAllocation> {
    const total = checkRequests(requests, this.#limits);
    const device = this.#device;
    const buffers: DeviceBuffer[] = [];
    let thrown: unknown;
    device.pushErrorScope('validation');
    device.pushErrorScope('out-of-memory');
    try {
      for (const request of requests) {
        const usage = (request.usage === 'uniform' ? UNIFORM : STORAGE) | COPY_SRC | COPY_DST;
        const gpu = device.createBuffer({ label: request.label, size: request.bytes, usage });
        buffers.push(new DeviceBuffer(this, request, gpu));
      }
    } catch (error) {
      thrown = error;
    }
    const scopes = [device.popErrorScope(), device.popErrorScope()] as const;
    let errors: readonly (GPUError | null)[];
    try {
      errors = await Promise.all(scopes);
    } catch (error) {
      errors = [];
      thrown ??= error;
    }
    const [outOfMemory, invalid] = errors;
    if (thrown === undefined && !outOfMemory && !invalid) return this.#keep(buffers, total);
    for (const buffer of buffers) buffer.gpu.destroy();
    if (invalid && !outOfMemory) throw asFailure(invalid, 'Allocating buffers');
    const cause = outOfMemory?.message ?? String((thrown as Error | undefined)?.message ?? thrown);
    throw noMemory(requests, total, cause);
  }

  #keep(buffers: DeviceBuffer[], total: number): DeviceAllocation {
    this.count.add(total);
    const allocation = new DeviceAllocation(buffers, total, () => {
      this.#live.delete(allocation);
      this.count.add(-total);
    });
    this.#live.add(allocation);
    return allocation;
  }

  /** The device's buffer behind a `Buffer`. @throws GPU_ERROR for another device's, or a freed one */
  own(buffer: Buffer): DeviceBuffer {
    if (!(buffer instanceof DeviceBuffer) || buffer.owner !== this) {
      throw wrongUse(`Buffer '${buffer.label}' belongs to another device`);
    }
    if (buffer.disposed) throw wrongUse(`Buffer '${buffer.label}' was disposed`);
    return buffer;
  }

  disposeAll(): void {
    for (const allocation of [...this.#live]) allocation.dispose();
  }
}

export class DeviceAllocation implements Allocation {
  readonly buffers: readonly DeviceBuffer[];
  readonly bytes: number;
  #free: (() => void) | undefined;

  constructor(buffers: readonly DeviceBuffer[], bytes: number, free: () => void) {
    this.buffers = buffers;
    this.bytes = bytes;
    this.#free = free;
  }

  dispose(): void {
    if (this.#free === undefined) return;
    for (const buffer of this.buffers) {
      buffer.disposed = true;
      buffer.gpu.destroy();
    }
    this.#free();
    this.#free = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function noMemory(requests: readonly BufferRequest[], total: number, cause: string): MemgpuError {
  const largest = requests.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  const what = `largest '${largest.label}' with ${largest.bytes} bytes`;
  return new MemgpuError(
    'OUT_OF_MEMORY',
    `No memory for ${requests.length} buffers of ${total} bytes (${what}): ${cause}`,
    {
      hint: SMALLER_BATCH,
    },
  );
}
