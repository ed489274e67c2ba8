/** A `Gpu` without a device: plans run on it and nothing is computed. For tests and dry runs. */
import { ByteCount } from './buffers.js';
import {
  checkBindings,
  checkKernel,
  checkReads,
  checkRequests,
  checkWrite,
  type Range,
  rangeOf,
  type UsedBuffer,
  wrongUse,
} from './checks.js';
import type {
  AdapterFacts,
  Allocation,
  Bindings,
  Buffer,
  BufferRange,
  BufferRequest,
  Gpu,
  Kernel,
  Pipeline,
  Recording,
  Workgroups,
} from './gpu.js';
import { DispatchList, ownList } from './recording.js';

/** The limits that every WebGPU device has. */
const NULL_FACTS: AdapterFacts = {
  name: 'no device',
  kind: 'software',
  origin: 'null',
  vendor: '',
  architecture: '',
  device: '',
  driver: '',
  subgroups: null,
  timestamps: false,
  limits: {
    maxBufferSize: 268435456,
    maxStorageBufferBindingSize: 134217728,
    maxComputeWorkgroupStorageSize: 16384,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupsPerDimension: 65535,
  },
};

export interface NullGpu extends Gpu {
  /** Every dispatch of every run, in order. */
  readonly dispatched: readonly { readonly label: string; readonly workgroups: Workgroups }[];
}

/** @param facts what the device pretends to be, over the least that every WebGPU device has */
export function nullGpu(facts: Partial<AdapterFacts> = {}): NullGpu {
  return new Nothing({ ...NULL_FACTS, ...facts });
}

interface NullBuffer extends UsedBuffer {
  readonly owner: Nothing;
  disposed: boolean;
}

interface NullBindings extends Bindings {
  readonly ranges: readonly Range[];
}

class Nothing implements NullGpu {
  readonly facts: AdapterFacts;
  readonly dispatched: { label: string; workgroups: Workgroups }[] = [];
  readonly kernelTimes = null;
  readonly busy = 0;
  readonly #count = new ByteCount();
  readonly #live = new Set<Allocation>();
  #disposed = false;

  constructor(facts: AdapterFacts) {
    this.facts = facts;
  }

  get bytes(): number {
    return this.#count.now;
  }

  get peakBytes(): number {
    return this.#count.peak;
  }

  async allocate(requests: readonly BufferRequest[]): Promise<Allocation> {
    this.check();
    const bytes = checkRequests(requests, this.facts.limits);
    const buffers = requests.map(
      ({ label, bytes, usage = 'storage' }): NullBuffer => ({ label, bytes, usage, owner: this, disposed: false }),
    );
    const dispose = (): void => {
      if (!this.#live.delete(allocation)) return;
      for (const buffer of buffers) buffer.disposed = true;
      this.#count.add(-bytes);
    };
    const allocation: Allocation = { buffers, bytes, dispose, [Symbol.dispose]: dispose };
    this.#live.add(allocation);
    this.#count.add(bytes);
    return allocation;
  }

  write(buffer: Buffer, data: ArrayBufferView, offset = 0): void {
    this.check();
    this.#own(buffer);
    checkWrite(buffer, data, offset);
  }

  async compile(kernels: readonly Kernel[]): Promise<Pipeline[]> {
    this.check();
    for (const kernel of kernels) checkKernel(kernel);
    return kernels.map((kernel) => ({ kernel }));
  }

  bind(pipeline: Pipeline, ranges: readonly BufferRange[]): Bindings {
    this.check();
    const own = ranges.map(rangeOf).map((range) => ({ ...range, buffer: this.#own(range.buffer) }));
    checkBindings(pipeline.kernel, own);
    const bindings: NullBindings = { pipeline, ranges: own };
    return bindings;
  }

  record(): Recording {
    return new DispatchList<NullBindings>(this, this.facts.limits, (bindings) => {
      if ('ranges' in bindings) return bindings as NullBindings;
      throw wrongUse(`Bindings of '${bindings.pipeline.kernel.label}' belong to another device`);
    });
  }

  async run(recording: Recording, reads: readonly BufferRange[] = []): Promise<ArrayBuffer[]> {
    this.check();
    const { dispatches } = ownList<NullBindings>(recording, this);
    const ranges = reads.map(rangeOf);
    for (const { buffer } of ranges) this.#own(buffer);
    checkReads(ranges, this.facts.limits);
    for (const { bindings, workgroups } of dispatches) {
      for (const { buffer } of bindings.ranges) this.#own(buffer);
      this.dispatched.push({ label: bindings.pipeline.kernel.label, workgroups });
    }
    return ranges.map(({ bytes }) => new ArrayBuffer(bytes));
  }

  profile(_on: boolean): void {}

  check(): void {
    if (this.#disposed) throw wrongUse('This GPU was disposed');
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    for (const allocation of [...this.#live]) allocation.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #own(buffer: Buffer): NullBuffer {
    const own = buffer as NullBuffer;
    if (own.owner !== this) throw wrongUse(`Buffer '${own.label}' belongs to another device`);
    if (own.disposed) throw wrongUse(`Buffer '${own.label}' was disposed`);
    return own;
  }
}
