// Layer normalisation over the channels of each position; family for GPUs (workgroup memory).
//
//   out[b, p, c] = (in[b, p, c] − mean) / √(variance + EPS) · weight[c] + bias[c]
//   mean = Σ_c in / CHANNELS;  variance = Σ_c (in − mean)² / CHANNELS, in a reading of its own, so that nothing cancels
//
// Layouts   in, out [b][POSITIONS][C4] Stored;  channels: weight, bias, C4 vec4f each.
// Order     lib/sixteen.wgsl.
// Work      16 threads per position, each with every sixteenth group of channels; 4 positions in a workgroup.
// Grid      x: ⌈POSITIONS / 4⌉, y: views.

#import "lib/sixteen.wgsl"
#import "lib/inside.wgsl"
#import "lib/stored.wgsl"

@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * POSITIONS * C4>;
@group(0) @binding(1) var<storage, read> channels: array<vec4f, 2 * C4>;
@group(0) @binding(2) var<storage, read_write> output: array<Stored, VIEWS * POSITIONS * C4>;

var<workgroup> sums: array<vec4f, 64>;
var<workgroup> squares: array<vec4f, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) thread: u32) {
  let position = tile.x * 4u + thread / 16u;
  let row = (tile.y * POSITIONS + min(position, POSITIONS - 1u)) * C4;
  let first = thread / 16u * 16u;
  var sum = vec4f();
  for (var g = thread % 16u; g < C4; g += 16u) {
    sum += widen(input[row + g]);
  }
  sums[thread] = sum;
  workgroupBarrier();
  let mean = across(pairs(
#for l in 0..4
    pairs(sums[first + ${4 * l}u], sums[first + ${4 * l + 1}u], sums[first + ${4 * l + 2}u], sums[first + ${4 * l + 3}u]),
#endfor
  )) / f32(CHANNELS);
  var square = vec4f();
  for (var g = thread % 16u; g < C4; g += 16u) {
    let d = inside(g, widen(input[row + g]) - mean, 0.0);
    square = fma(d, d, square);
  }
  squares[thread] = square;
  workgroupBarrier();
  let variance = across(pairs(
#for l in 0..4
    pairs(squares[first + ${4 * l}u], squares[first + ${4 * l + 1}u], squares[first + ${4 * l + 2}u], squares[first + ${4 * l + 3}u]),
#endfor
  )) / f32(CHANNELS);
  if (position >= POSITIONS) { return; }
  let scale = 1.0 / sqrt(variance + f32(EPS));
  for (var g = thread % 16u; g < C4; g += 16u) {
    output[row + g] = narrow(inside(g, fma((widen(input[row + g]) - mean) * scale, channels[g], channels[C4 + g]), 0.0));
  }
}
