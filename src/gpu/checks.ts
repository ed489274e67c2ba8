/**
 * The rules that a device's validation would apply, checked before it is asked: so that a mistake is named by the
 * kernel and the buffer, at the call that makes it, and on the null device as well.
 */
import { MemgpuError } from '../errors.js';
import { SMALLER_BATCH } from './failures.js';
import type { AdapterFacts, Buffer, BufferRange, BufferRequest, Kernel, Workgroups } from './gpu.js';

/** WebGPU's alignment of a buffer binding's offset (minStorageBufferOffsetAlignment's upper bound). */
const OFFSET_ALIGNMENT = 256;

/** A buffer whose usage is known, as both devices keep them. */
export interface UsedBuffer extends Buffer {
  readonly usage: 'storage' | 'uniform';
}

export interface Range {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly bytes: number;
}

export function rangeOf(range: BufferRange): Range {
  return 'buffer' in range ? range : { buffer: range, offset: 0, bytes: range.bytes };
}

export function wrongUse(message: string): MemgpuError {
  return new MemgpuError('GPU_ERROR', message, { hint: 'This is a mistake in the calling code, not in the data.' });
}

/** @returns the sum of all requests in bytes. @throws OUT_OF_MEMORY where one is above the device's limits */
export function checkRequests(requests: readonly BufferRequest[], limits: AdapterFacts['limits']): number {
  let total = 0;
  for (const { label, bytes } of requests) {
    if (!Number.isSafeInteger(bytes) || bytes <= 0 || bytes % 4 !== 0) {
      throw wrongUse(`Buffer '${label}': ${bytes} bytes is no positive multiple of 4`);
    }
    const most = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
    if (bytes > most) {
      throw new MemgpuError(
        'OUT_OF_MEMORY',
        `Buffer '${label}' needs ${bytes} bytes; this device allows ${most} in one buffer`,
        { hint: SMALLER_BATCH },
      );
    }
    total += bytes;
  }
  return total;
}

/** Every WebGPU device gives this many storage buffers to a compute shader; some browsers give no more. */
const STORAGE_BUFFERS = 8;
/** And this many bytes to a uniform binding. */
const UNIFORM_BYTES = 65536;

export function checkKernel({ label, bindings }: Kernel): void {
  const storage = bindings.filter((kind) => kind !== 'uniform').length;
  if (storage > STORAGE_BUFFERS) {
    throw wrongUse(`Kernel '${label}' binds ${storage} storage buffers; ${STORAGE_BUFFERS} work everywhere`);
  }
}

function checkRange(range: Range, where: string): void {
  const { buffer, offset, bytes } = range;
  const inside = Number.isSafeInteger(offset) && Number.isSafeInteger(bytes) && offset >= 0 && bytes > 0;
  if (!inside || offset + bytes > buffer.bytes) {
    throw wrongUse(
      `${where}: bytes ${offset} to ${offset + bytes} are not inside buffer '${buffer.label}' of ${buffer.bytes} bytes`,
    );
  }
  if (offset % 4 !== 0 || bytes % 4 !== 0) {
    throw wrongUse(`${where}: offset ${offset} and length ${bytes} in '${buffer.label}' must be multiples of 4`);
  }
}

export function checkBindings(kernel: Kernel, ranges: readonly (Range & { readonly buffer: UsedBuffer })[]): void {
  if (ranges.length !== kernel.bindings.length) {
    throw wrongUse(`Kernel '${kernel.label}' has ${kernel.bindings.length} bindings; ${ranges.length} were given`);
  }
  for (const [i, range] of ranges.entries()) {
    const where = `Kernel '${kernel.label}', binding ${i}`;
    checkRange(range, where);
    if (range.offset % OFFSET_ALIGNMENT !== 0) {
      throw wrongUse(
        `${where}: offset ${range.offset} in '${range.buffer.label}' is no multiple of ${OFFSET_ALIGNMENT}`,
      );
    }
    const kind = kernel.bindings[i] === 'uniform' ? 'uniform' : 'storage';
    if (range.buffer.usage !== kind) {
      throw wrongUse(`${where}: '${range.buffer.label}' is a ${range.buffer.usage} buffer; a ${kind} buffer is needed`);
    }
    if (kind === 'uniform' && range.bytes > UNIFORM_BYTES) {
      throw wrongUse(`${where}: ${range.bytes} bytes of '${range.buffer.label}'; ${UNIFORM_BYTES} work everywhere`);
    }
    if (kernel.bindings[i] === 'write') checkAlone(kernel, ranges, i);
  }
}

/** A written buffer may not be read in the same dispatch (WebGPU counts whole buffers), nor be written twice at one place. */
function checkAlone(kernel: Kernel, ranges: readonly Range[], i: number): void {
  const written = ranges[i]!;
  for (const [j, other] of ranges.entries()) {
    if (j === i || other.buffer !== written.buffer) continue;
    const apart = other.offset >= written.offset + written.bytes || written.offset >= other.offset + other.bytes;
    if (kernel.bindings[j] === 'write' && apart) continue;
    throw wrongUse(
      `Kernel '${kernel.label}': buffer '${written.buffer.label}' is written by binding ${i} and bound again at ${j}`,
    );
  }
}

export function checkWorkgroups(label: string, workgroups: Workgroups, limits: AdapterFacts['limits']): void {
  const most = limits.maxComputeWorkgroupsPerDimension;
  for (const count of workgroups) {
    if (!Number.isSafeInteger(count) || count < 0 || count > most) {
      throw wrongUse(`Kernel '${label}': ${workgroups.join(' x ')} workgroups; each count must be 0 to ${most}`);
    }
  }
}

export function checkReads(reads: readonly Range[], limits: AdapterFacts['limits']): void {
  let total = 0;
  for (const read of reads) {
    checkRange(read, 'A read-back');
    total += read.bytes;
  }
  if (total > limits.maxBufferSize) {
    throw wrongUse(`Reading back ${total} bytes in one run; this device allows ${limits.maxBufferSize}`);
  }
}

export function checkWrite(buffer: Buffer, data: ArrayBufferView, offset: number): void {
  if (data.byteLength > 0) checkRange({ buffer, offset, bytes: data.byteLength }, 'A write');
}
