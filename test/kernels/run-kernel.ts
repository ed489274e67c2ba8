import { expect } from 'vitest';
import type { Buffer, BufferRange, Gpu } from '../../src/gpu/gpu.js';
import type { SizedKernel } from '../../src/kernels/sized-kernel.js';

/** Guards on both sides of what a kernel may write, and what unwritten elements hold: a NaN of this pattern. */
const GUARD_BYTES = 256;
const GARBAGE = 0x7fc0_0bad;

/** What is bound: data that the kernel reads, or the number of f32 values that it must write. */
export type Bound = Float32Array | Uint32Array | { readonly writes: number };

/**
 * Runs a kernel once over fresh buffers and returns what it wrote, binding by binding. Outputs start as garbage between
 * guards; a touched guard fails the test.
 */
export async function runKernel(gpu: Gpu, sized: SizedKernel, count: number, bound: readonly Bound[]) {
  return runKernels(gpu, [{ sized, count }], bound);
}

/** Runs several kernels of equal bindings one after another over the same buffers. */
export async function runKernels(
  gpu: Gpu,
  runs: readonly { readonly sized: SizedKernel; readonly count: number }[],
  bound: readonly Bound[],
): Promise<Float32Array[]> {
  const pipelines = await gpu.compile(runs.map(({ sized }) => sized.kernel));
  const first = runs[0]?.sized.kernel;
  using allocation = await gpu.allocate(
    bound.map((part, i) => ({
      label: `binding ${i}`,
      bytes:
        'writes' in part ? part.writes * 4 + 2 * GUARD_BYTES + padding(part.writes * 4) : Math.max(16, part.byteLength),
      usage: first?.bindings[i] === 'uniform' ? 'uniform' : 'storage',
    })),
  );
  const ranges = bound.map((part, i): BufferRange => {
    const buffer = allocation.buffers[i] as Buffer;
    if (!('writes' in part)) {
      gpu.write(buffer, part);
      return buffer;
    }
    gpu.write(buffer, new Uint32Array(buffer.bytes / 4).fill(GARBAGE));
    return { buffer, offset: GUARD_BYTES, bytes: part.writes * 4 };
  });
  const recording = gpu.record();
  runs.forEach(({ sized, count }, i) => {
    const pipeline = pipelines[i];
    if (pipeline) recording.dispatch(gpu.bind(pipeline, ranges), sized.grid(count));
  });
  const written = bound.flatMap((part, i) => ('writes' in part ? [allocation.buffers[i] as Buffer] : []));
  const results = await gpu.run(recording, written);
  return bound
    .filter((part) => 'writes' in part)
    .map(({ writes }, i) => {
      const words = new Uint32Array(results[i] as ArrayBuffer);
      const from = GUARD_BYTES / 4;
      const outside = [...words.subarray(0, from), ...words.subarray(from + writes)];
      expect(outside.every((word) => word === GARBAGE)).toBe(true);
      return new Float32Array(words.slice(from, from + writes).buffer);
    });
}

function padding(bytes: number): number {
  return (256 - (bytes % 256)) % 256;
}

export function isGarbage(values: Float32Array, at: number): boolean {
  return new Uint32Array(values.buffer, values.byteOffset, values.length)[at] === GARBAGE;
}

/** Deterministic values in [low, high), the same in every engine. */
export function values(n: number, seed: number, low = -1, high = 1): Float32Array {
  const out = new Float32Array(n);
  let state = (seed * 2654435761 + 12345) >>> 0;
  for (let i = 0; i < n; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[i] = low + ((high - low) * (state >>> 8)) / 2 ** 24;
  }
  return out;
}

/** Channels padded to a multiple of 4 with zeros: [pixels, channels] to [pixels, stored]. */
export function padChannels(data: Float32Array, channels: number): Float32Array {
  const stored = Math.ceil(channels / 4) * 4;
  const out = new Float32Array((data.length / channels) * stored);
  for (let p = 0; p < data.length / channels; p++) out.set(data.subarray(p * channels, (p + 1) * channels), p * stored);
  return out;
}

export const bits = (data: Float32Array): Uint32Array => new Uint32Array(data.buffer, data.byteOffset, data.length);
