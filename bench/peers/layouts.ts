/** [n, channels, positions] to [n, positions, `stored` channels], the added ones 0. */
export function channelsLast(
  values: Float32Array,
  [n = 1, channels = 1, ...map]: readonly number[],
  stored = channels,
): Float32Array {
  const positions = map.reduce((product, length) => product * length, 1);
  const turned = new Float32Array(n * positions * stored);
  for (let i = 0; i < n; i++)
    for (let c = 0; c < channels; c++)
      for (let p = 0; p < positions; p++)
        turned[(i * positions + p) * stored + c] = values[(i * channels + c) * positions + p]!;
  return turned;
}

/** [n, positions, channels] to [n, channels, positions], the shape given. */
export function channelsFirst<T extends Float32Array | Float64Array>(
  values: T,
  [n = 1, channels = 1, ...map]: readonly number[],
): T {
  const positions = map.reduce((product, length) => product * length, 1);
  const turned = values.slice() as T;
  for (let i = 0; i < n; i++)
    for (let p = 0; p < positions; p++)
      for (let c = 0; c < channels; c++)
        turned[(i * channels + c) * positions + p] = values[(i * positions + p) * channels + c]!;
  return turned;
}
