/** `Gpu` on a real WebGPU device: wires the room's parts. */
import { MemgpuError } from '../errors.js';
import { Heap } from './buffers.js';
import { BusyClock } from './busy.js';
import { checkBindings, checkKernel, checkReads, checkWrite, rangeOf, wrongUse } from './checks.js';
import { DeviceBindings, type DeviceRange, encodeTimed, encodeTogether } from './encode.js';
import { Failures } from './failures.js';
import type {
  AdapterFacts,
  Allocation,
  Bindings,
  Buffer,
  BufferRange,
  BufferRequest,
  Gpu,
  Kernel,
  KernelTime,
  Pipeline,
  Recording,
} from './gpu.js';
import { cut, learn, type Part } from './pacing.js';
import { DevicePipeline, Pipelines } from './pipelines.js';
import { Queue } from './queue.js';
import { Staging } from './readback.js';
import { type Dispatch, DispatchList, ownList } from './recording.js';
import { KernelTimes, MOST_TIMED, TimedSubmit } from './timing.js';

/** Waits until `done` settles; a platform may spend the wait in a way that leaves more of the CPU to the work. */
export type Idle = (done: Promise<unknown>) => Promise<void>;

export interface DeviceOptions {
  readonly facts: AdapterFacts;
  /** Whether the device outlives this object: it is the caller's. */
  readonly given: boolean;
  readonly idle?: Idle;
  /** Called once the device is destroyed or lost to us. */
  readonly onDispose?: () => void;
  /** ms that one submit should not exceed. Default: 250 on hardware, 2000 on software adapters. */
  readonly submitTarget?: number;
}

export class DeviceGpu implements Gpu {
  readonly facts: AdapterFacts;
  readonly #device: GPUDevice;
  readonly #options: DeviceOptions;
  readonly #failures: Failures;
  readonly #heap: Heap;
  readonly #pipelines: Pipelines;
  readonly #staging: Staging;
  readonly #queue = new Queue();
  readonly #times = new KernelTimes();
  readonly #busy = new BusyClock();
  readonly #target: number;
  #profiling = false;
  #lastDone = 0;
  readonly #running = new Set<Promise<unknown>>();
  #disposed: Promise<void> | undefined;

  constructor(device: GPUDevice, options: DeviceOptions) {
    this.facts = options.facts;
    this.#device = device;
    this.#options = options;
    this.#failures = new Failures(device);
    this.#heap = new Heap(device, options.facts.limits);
    this.#pipelines = new Pipelines(device, this.#failures);
    this.#staging = new Staging(device);
    this.#target = options.submitTarget ?? (options.facts.kind === 'hardware' ? 250 : 2000);
  }

  get bytes(): number {
    return this.#heap.count.now;
  }

  get peakBytes(): number {
    return this.#heap.count.peak;
  }

  get busy(): number {
    return this.#busy.busy;
  }

  get kernelTimes(): readonly KernelTime[] | null {
    return this.facts.timestamps ? this.#times.list() : null;
  }

  async allocate(requests: readonly BufferRequest[]): Promise<Allocation> {
    this.check();
    return this.#wait(this.#heap.allocate(requests), 'Allocating buffers');
  }

  write(buffer: Buffer, data: ArrayBufferView, offset = 0): void {
    this.check();
    const { gpu } = this.#heap.own(buffer);
    checkWrite(buffer, data, offset);
    const { byteOffset, byteLength } = data;
    const bytes = new Uint8Array(data.buffer as ArrayBuffer, byteOffset, byteLength);
    const kept = this.#queue.backlog ? bytes.slice() : bytes;
    this.#queue.write(() => this.#device.queue.writeBuffer(gpu, offset, kept));
  }

  async compile(kernels: readonly Kernel[]): Promise<Pipeline[]> {
    this.check();
    for (const kernel of kernels) checkKernel(kernel);
    return this.#wait(this.#pipelines.compile(kernels), 'Compiling');
  }

  bind(pipeline: Pipeline, ranges: readonly BufferRange[]): Bindings {
    this.check();
    if (!(pipeline instanceof DevicePipeline) || pipeline.owner !== this.#pipelines) {
      throw wrongUse(`Pipeline '${pipeline.kernel.label}' belongs to another device`);
    }
    const { kernel, compiled } = pipeline;
    const own = ranges.map(rangeOf).map((range) => ({ ...range, buffer: this.#heap.own(range.buffer) }));
    checkBindings(kernel, own);
    const entries = own.map(({ buffer, offset, bytes }, binding) => ({
      binding,
      resource: { buffer: buffer.gpu, offset, size: bytes },
    }));
    const group = this.#device.createBindGroup({ label: kernel.label, layout: compiled.layout, entries });
    return new DeviceBindings(pipeline, own, group);
  }

  record(): Recording {
    return new DispatchList<DeviceBindings>(this, this.facts.limits, (bindings) => {
      if (bindings instanceof DeviceBindings && bindings.pipeline.owner === this.#pipelines) return bindings;
      throw wrongUse(`Bindings of '${bindings.pipeline.kernel.label}' belong to another device`);
    });
  }

  async run(recording: Recording, reads: readonly BufferRange[] = []): Promise<ArrayBuffer[]> {
    this.check();
    const list = ownList<DeviceBindings>(recording, this);
    const ranges = reads.map(rangeOf).map((range) => ({ ...range, buffer: this.#heap.own(range.buffer) }));
    checkReads(ranges, this.facts.limits);
    const running = this.#submitParts(list, ranges);
    this.#running.add(running);
    try {
      return await this.#wait(running, 'A run');
    } finally {
      this.#running.delete(running);
    }
  }

  /** Queues the recording's submits in order; the last one also copies the ranges back. */
  async #submitParts(list: DispatchList<DeviceBindings>, reads: readonly DeviceRange[]): Promise<ArrayBuffer[]> {
    const dispatches = list.dispatches.slice();
    const profiling = this.#profiling && this.facts.timestamps;
    const parts = cut(dispatches.length, list.times, this.#target, profiling ? MOST_TIMED : Number.POSITIVE_INFINITY);
    const results = parts.map((part, i) =>
      this.#queue.submit(async () => {
        const last = i === parts.length - 1;
        const sent = performance.now();
        this.#busy.submitted();
        try {
          const landed = await this.#submit(dispatches.slice(part.start, part.end), last ? reads : [], profiling);
          this.#clock(list, part, sent);
          return landed;
        } finally {
          this.#busy.finished();
        }
      }),
    );
    return (await Promise.all(results)).at(-1) ?? [];
  }

  /** Encodes and submits at once; resolves when the work is done and the ranges are here. */
  async #submit(
    dispatches: readonly Dispatch<DeviceBindings>[],
    reads: readonly DeviceRange[],
    profiling: boolean,
  ): Promise<ArrayBuffer[]> {
    this.#failures.check();
    for (const { bindings } of dispatches) for (const { buffer } of bindings.ranges) this.#heap.own(buffer);
    for (const { buffer } of reads) this.#heap.own(buffer);
    const device = this.#device;
    const labels = dispatches.map(({ bindings }) => bindings.pipeline.kernel.label);
    const timed = profiling && labels.length > 0 ? new TimedSubmit(device, labels) : undefined;
    const encoder = device.createCommandEncoder({ label: 'run' });
    if (timed) encodeTimed(encoder, dispatches, timed);
    else if (dispatches.length > 0) encodeTogether(encoder, dispatches);
    const wanted = timed ? [...reads, timed] : reads;
    const landing = wanted.length > 0 ? this.#staging.land(wanted) : undefined;
    for (const { buffer, offset, bytes } of reads) landing?.copy(encoder, buffer.gpu, offset, bytes);
    if (landing) timed?.resolve(encoder, landing);
    device.queue.submit([encoder.finish({ label: 'run' })]);
    const wait = <T>(promise: Promise<T>): Promise<T> => this.#failures.guard(promise, 'Running on the GPU');
    if (landing === undefined) {
      await wait(device.queue.onSubmittedWorkDone());
      return [];
    }
    const results = await landing.read(wait);
    const stamps = timed ? results.pop() : undefined;
    if (stamps) timed?.add(this.#times, stamps);
    timed?.dispose();
    return results;
  }

  /** Notes how long a part took: since it was sent, or since the submit before it ended. */
  #clock(list: DispatchList<DeviceBindings>, part: Part, sent: number): void {
    const now = performance.now();
    learn(list.times, part, now - Math.max(sent, this.#lastDone));
    this.#lastDone = now;
  }

  async #wait<T>(promise: Promise<T>, what: string): Promise<T> {
    const guarded = this.#failures.guard(promise, what);
    await this.#options.idle?.(guarded.catch(() => {}));
    return guarded;
  }

  profile(on: boolean): void {
    if (on) this.#times.clear();
    this.#profiling = on;
  }

  check(): void {
    if (this.#disposed !== undefined) throw wrongUse('This GPU was disposed');
    this.#failures.check();
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#end();
    return this.#disposed;
  }

  async #end(): Promise<void> {
    const idle = Promise.allSettled([...this.#running]).then(() => this.#device.queue.onSubmittedWorkDone());
    await this.#wait(idle, 'Waiting for the queue').catch(ignoreFailure);
    this.#failures.end();
    this.#heap.disposeAll();
    this.#staging.dispose();
    if (!this.#options.given) this.#device.destroy();
    this.#options.onDispose?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

/** A device that failed has nothing left to wait for. */
function ignoreFailure(error: unknown): void {
  if (!(error instanceof MemgpuError)) throw error;
}
