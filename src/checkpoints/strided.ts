/**
 * Elements from the first to the last of a tensor with these strides (in elements, none negative), both included; 0 where an
 * axis is empty. NaN or infinity stand for what is above 2^53.
 */
export function spanOf(shape: readonly number[], strides: readonly number[]): number {
  let last = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    if (shape[axis] === 0) return 0;
    last += (shape[axis]! - 1) * strides[axis]!;
  }
  return Number.isSafeInteger(last) ? last + 1 : Number.NaN;
}

/** Whether the elements lie row-major without gaps. Strides of axes with one element do not count. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.includes(0)) return true;
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 1) continue;
    if (strides[axis] !== step) return false;
    step *= shape[axis]!;
  }
  return true;
}

/**
 * The elements of a strided tensor, row-major. Bits are moved, never values.
 *
 * @param span the bytes from its first element to its last
 * @param size of an element in bytes: 1, 2, 4 or 8
 */
export function gather(
  span: Uint8Array,
  size: number,
  shape: readonly number[],
  strides: readonly number[],
): Uint8Array {
  const Words = size === 1 ? Uint8Array : size === 2 ? Uint16Array : Uint32Array;
  const words = size === 8 ? 2 : 1;
  const aligned = span.byteOffset % Words.BYTES_PER_ELEMENT === 0 ? span : new Uint8Array(span);
  const from = new Words(
    aligned.buffer as ArrayBuffer,
    aligned.byteOffset,
    aligned.byteLength / Words.BYTES_PER_ELEMENT,
  );
  const count = shape.reduce((product, length) => product * length, 1);
  const to = new Words(count * words);

  const rank = shape.length;
  const row = rank === 0 ? 1 : shape[rank - 1]!;
  const step = rank === 0 ? 0 : strides[rank - 1]! * words;
  /** Position of the row at hand on every axis but the last. */
  const index = new Array<number>(Math.max(0, rank - 1)).fill(0);
  let begin = 0;
  for (let out = 0; out < to.length; ) {
    for (let i = 0, at = begin * words; i < row; i++, at += step) {
      to[out++] = from[at]!;
      if (words === 2) to[out++] = from[at + 1]!;
    }
    for (let axis = rank - 2; axis >= 0; axis--) {
      begin += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      begin -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return new Uint8Array(to.buffer);
}
