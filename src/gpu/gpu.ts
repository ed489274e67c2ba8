/**
 * The contract of the room: what the rest of memgpu may ask of a GPU. Two things implement it: `device.ts` (a real
 * WebGPU device, in Node and in browsers) and `null.ts` (no device: plans run, nothing is computed).
 * Nothing here knows an operation.
 */

/**
 * A caller's device: `GPUDevice` where WebGPU's types are known, from TypeScript's own DOM library or `@webgpu/types`;
 * so neither is asked of a program that uses the package.
 */
export type GivenDevice = typeof globalThis extends { GPUDevice: { prototype: infer Device } } ? Device : object;

/** What is known of the adapter; plain data, stored in reports. */
export interface AdapterFacts {
  /** A name for people, such as 'SwiftShader (embedded software adapter)'. */
  readonly name: string;
  readonly kind: 'hardware' | 'software';
  /** Where the adapter came from: the caller's device, the system, the embedded driver, the browser, or none. */
  readonly origin: 'given' | 'system' | 'embedded' | 'browser' | 'null';
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  /** The driver's own description, with its version where it tells one. */
  readonly driver: string;
  /** Sizes of a subgroup where the device has the feature `subgroups`; else null. */
  readonly subgroups: { readonly min: number; readonly max: number } | null;
  /** Whether kernels can be timed by the GPU's own clock. */
  readonly timestamps: boolean;
  readonly limits: {
    readonly maxBufferSize: number;
    readonly maxStorageBufferBindingSize: number;
    readonly maxComputeWorkgroupStorageSize: number;
    readonly maxComputeInvocationsPerWorkgroup: number;
    readonly maxComputeWorkgroupsPerDimension: number;
  };
}

/** How a kernel uses the buffer of a binding; binding i is `@group(0) @binding(i)`. */
export type BindingKind = 'read' | 'write' | 'uniform';

/** A finished compute shader: everything that a pipeline is made of. Entry point `main`. */
export interface Kernel {
  /** Operation, shape and variant, such as 'conv 3x3 64>64 quad 8x32'; shown in profiles and errors. */
  readonly label: string;
  readonly code: string;
  readonly bindings: readonly BindingKind[];
}

export type Workgroups = readonly [x: number, y: number, z: number];

/** A compiled kernel. Two kernels of equal code and bindings share one pipeline. */
export interface Pipeline {
  readonly kernel: Kernel;
}

/** A storage or uniform buffer, counted in `Gpu.bytes`. */
export interface Buffer {
  readonly label: string;
  readonly bytes: number;
}

/** A whole buffer, or a part of it (offset a multiple of 256, both in bytes). */
export type BufferRange = Buffer | { readonly buffer: Buffer; readonly offset: number; readonly bytes: number };

/** Buffers bound to a pipeline, reusable in any number of dispatches. */
export interface Bindings {
  readonly pipeline: Pipeline;
}

/** Buffers made together: all of them or none. Disposal is explicit and idempotent. */
export interface Allocation extends Disposable {
  readonly buffers: readonly Buffer[];
  readonly bytes: number;
  dispose(): void;
}

export interface BufferRequest {
  readonly label: string;
  readonly bytes: number;
  readonly usage?: 'storage' | 'uniform';
}

/** A list of commands, encoded anew each time that it runs. */
export interface Recording {
  /** A dispatch of no workgroups (any count 0) is left out. */
  dispatch(bindings: Bindings, workgroups: Workgroups): Recording;
  readonly length: number;
}

export interface KernelTime {
  readonly label: string;
  readonly dispatches: number;
  readonly nanoseconds: number;
}

export interface Gpu extends AsyncDisposable {
  readonly facts: AdapterFacts;
  /** Bytes of live buffers, and the most there ever were. */
  readonly bytes: number;
  readonly peakBytes: number;
  /** Milliseconds so far in which at least one submit was unfinished, as the host sees it. */
  readonly busy: number;
  /** @throws OUT_OF_MEMORY naming the largest request and the total; nothing stays allocated. */
  allocate(requests: readonly BufferRequest[]): Promise<Allocation>;
  /** Copies data into a buffer before anything that is run after this call. Length and offset multiples of 4. */
  write(buffer: Buffer, data: ArrayBufferView, offset?: number): void;
  /** Compiles in parallel; equal kernels once. @throws SHADER_COMPILE with the WGSL around the marked line. */
  compile(kernels: readonly Kernel[]): Promise<Pipeline[]>;
  bind(pipeline: Pipeline, ranges: readonly BufferRange[]): Bindings;
  record(): Recording;
  /**
   * Runs a recording in one pass and one submit (several where measured time says that one would be too long), then
   * copies the named ranges back. At most three runs are in flight; a further call waits. Resolves when the bytes are
   * here. @throws DEVICE_LOST, OUT_OF_MEMORY, GPU_ERROR (any uncaptured error since the last run).
   */
  run(recording: Recording, reads?: readonly BufferRange[]): Promise<ArrayBuffer[]>;
  /** Collects GPU time by kernel label while `true`; null where the adapter has no usable clock. */
  profile(on: boolean): void;
  readonly kernelTimes: readonly KernelTime[] | null;
  /** Throws the first error that the device reported outside a run, if there is one. Called before anything is written. */
  check(): void;
  /** Waits for the queue, frees all buffers, and destroys the device unless the caller gave it. Idempotent. */
  dispose(): Promise<void>;
}
