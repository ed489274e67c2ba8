import type { Buffer, BufferRange, Gpu, Recording } from '../gpu/gpu.js';
import { answerBytes, compare, type KernelCase, type Largest } from './case.js';

/** What was found of one kernel, or of a node of a network. */
export interface Outcome extends Largest {
  readonly of: 'kernel' | 'network';
  /** Operation, shape and variant; or network, precision and node. */
  readonly name: string;
}

/** Something that is ready to run beside others, in one submit. */
export interface Prepared {
  record(recording: Recording): void;
  readonly reads: readonly BufferRange[];
  /** @param bytes what was read back, in the order of `reads` */
  judge(bytes: readonly ArrayBuffer[]): readonly Outcome[];
  dispose(): void;
}

/** Kernels read and write parts of three buffers; offsets of parts are multiples of this. */
const ALIGNMENT = 256;
/** A NaN of a pattern that no kernel writes: what stands where an answer is missing. */
const UNWRITTEN = 0x7fc0_0bad;

/** @throws SHADER_COMPILE naming the kernel; OUT_OF_MEMORY */
export async function prepareCases(gpu: Gpu, cases: readonly KernelCase[]): Promise<Prepared> {
  const parts = { storage: new Packed(), uniform: new Packed(), results: new Packed() };
  const compiling = gpu.compile(cases.map(({ sized }) => sized.kernel));
  // A failure is thrown where it is awaited.
  compiling.catch(() => {});
  const bound = cases.map((one) => one.bound());
  const placed = cases.map(({ sized }, of) =>
    bound[of]!.map((part, i) => {
      if (ArrayBuffer.isView(part)) {
        const kind = sized.kernel.bindings[i] === 'uniform' ? 'uniform' : 'storage';
        return { kind, ...parts[kind].add(part) } as const;
      }
      const before = part.before ?? new Uint32Array(answerBytes(part) / 4).fill(UNWRITTEN);
      return { kind: 'results', ...parts.results.add(before) } as const;
    }),
  );
  const pipelines = await compiling;
  const allocation = await gpu.allocate([
    { label: 'self-check: numbers', bytes: parts.storage.bytes },
    { label: 'self-check: counts', bytes: parts.uniform.bytes, usage: 'uniform' },
    { label: 'self-check: results', bytes: parts.results.bytes },
  ]);
  const [storage, uniform, results] = allocation.buffers as [Buffer, Buffer, Buffer];
  const buffers = { storage, uniform, results };
  for (const kind of ['storage', 'uniform', 'results'] as const) gpu.write(buffers[kind], parts[kind].joined());
  const bindings = placed.map((ranges, i) =>
    gpu.bind(
      pipelines[i]!,
      ranges.map(({ kind, offset, bytes }) => ({ buffer: buffers[kind], offset, bytes })),
    ),
  );
  return {
    record(recording) {
      cases.forEach(({ sized, count }, i) => {
        recording.dispatch(bindings[i]!, sized.grid(count));
      });
    },
    reads: [results],
    judge([bytes]) {
      return cases.map(({ sized }, i) => {
        let largest: Largest = { share: 0, error: 0, allowed: 0 };
        bound[i]!.forEach((part, j) => {
          if (ArrayBuffer.isView(part)) return;
          const { offset, bytes: length } = placed[i]![j]!;
          const found = compare(part, bytes!.slice(offset, offset + length));
          if (found.share > largest.share) largest = found;
        });
        return { of: 'kernel', name: sized.kernel.label, ...largest };
      });
    },
    dispose: () => allocation.dispose(),
  };
}

/** Parts of one buffer. */
class Packed {
  bytes = 0;
  readonly #parts: { readonly offset: number; readonly data: ArrayBufferView }[] = [];

  add(data: ArrayBufferView): { readonly offset: number; readonly bytes: number } {
    const offset = this.bytes;
    this.#parts.push({ offset, data });
    this.bytes += Math.ceil(data.byteLength / ALIGNMENT) * ALIGNMENT;
    return { offset, bytes: data.byteLength };
  }

  joined(): Uint8Array {
    const whole = new Uint8Array(this.bytes);
    for (const { offset, data } of this.#parts)
      whole.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    return whole;
  }
}
