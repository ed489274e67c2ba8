const VIEWS = 20u;
const POSITIONS = 197u;
const CHANNELS = 192u;
const C4 = 48u;
const EPS = 0.000001f;
// Layer normalisation over the channels of each position; family for GPUs (workgroup memory).
//
//   out[b, p, c] = (in[b, p, c] − mean) / √(variance + EPS) · weight[c] + bias[c]
//   mean = Σ_c in / CHANNELS;  variance = Σ_c (in − mean)² / CHANNELS, in a reading of its own, so that nothing cancels
//
// Layouts   in, out [b][POSITIONS][C4] Stored;  channels: weight, bias, C4 vec4f each.
// Order     lib/sixteen.wgsl.
// Work      16 threads per position, each with every sixteenth group of channels; 4 positions in a workgroup.
// Grid      x: ⌈POSITIONS / 4⌉, y: views.

// Sums over channels in one order for all families: the groups of four channels g, g + 16, g + 32 … are added up, then
// the sixteen results by pairs, then x, y, z, w by pairs.

fn pairs(a: vec4f, b: vec4f, c: vec4f, d: vec4f) -> vec4f { return (a + b) + (c + d); }
fn across(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

// The values of group g of four channels; `padding` beyond CHANNELS.

fn inside(g: u32, v: vec4f, padding: f32) -> vec4f {
  return v;
}

// How four channels of an activation or of packed weights lie in memory: vec4f, or with `half` four halves (IEEE 754
// binary16), two in a word, the first in the low bits. Arithmetic is f32 in either case: loads widen, exactly, and stores
// narrow, once, to the nearest half, ties to even.
//
// narrow() is written out, as pack2x16float leaves rounding and what is beyond 65504 to the driver: from 65520 on it gives
// infinity, which is found wherever a tap is read; multiples of 2⁻²⁴ below 2⁻¹⁴ are kept. A sum of such a value and 0.5
// ends where the half's last bit is, so the addition rounds it. The test for overflow holds for NaN as well.

alias Stored = vec4f;

fn widen(stored: Stored) -> vec4f { return stored; }

fn narrow(v: vec4f) -> Stored { return v; }


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
    pairs(sums[first + 0u], sums[first + 1u], sums[first + 2u], sums[first + 3u]),
    pairs(sums[first + 4u], sums[first + 5u], sums[first + 6u], sums[first + 7u]),
    pairs(sums[first + 8u], sums[first + 9u], sums[first + 10u], sums[first + 11u]),
    pairs(sums[first + 12u], sums[first + 13u], sums[first + 14u], sums[first + 15u]),
  )) / f32(CHANNELS);
  var square = vec4f();
  for (var g = thread % 16u; g < C4; g += 16u) {
    let d = inside(g, widen(input[row + g]) - mean, 0.0);
    square = fma(d, d, square);
  }
  squares[thread] = square;
  workgroupBarrier();
  let variance = across(pairs(
    pairs(squares[first + 0u], squares[first + 1u], squares[first + 2u], squares[first + 3u]),
    pairs(squares[first + 4u], squares[first + 5u], squares[first + 6u], squares[first + 7u]),
    pairs(squares[first + 8u], squares[first + 9u], squares[first + 10u], squares[first + 11u]),
    pairs(squares[first + 12u], squares[first + 13u], squares[first + 14u], squares[first + 15u]),
  )) / f32(CHANNELS);
  if (position >= POSITIONS) { return; }
  let scale = 1.0 / sqrt(variance + f32(EPS));
  for (var g = thread % 16u; g < C4; g += 16u) {
    output[row + g] = narrow(inside(g, fma((widen(input[row + g]) - mean) * scale, channels[g], channels[C4 + g]), 0.0));
  }
}

