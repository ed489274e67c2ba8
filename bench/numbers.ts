/** Numbers spread over [low, high), the same each time. */
export function numbers(count: number, low = -1, high = 1): Float32Array {
  const values = new Float32Array(count);
  const step = (high - low) / 2 ** 24;
  let state = 12345;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = low + step * (state >>> 8);
  }
  return values;
}
