const VIEWS = 20u;
const ROWS = 591u;
const CHANNELS = 197u;
const C4 = 50u;
// Softmax over the channels of each row; family for GPUs (workgroup memory).
//
//   out[b, r, c] = exp(in[b, r, c] − max) / Σ_c exp(in[b, r, c] − max),  max over the channels of row r
//
// NaN and infinity as in softmax.wgsl.
//
// Layouts   in, out [b][ROWS][C4] Stored.
// Order     lib/sixteen.wgsl.
// Work      16 threads per row, each with every sixteenth group of channels; 4 rows in a workgroup.
// Grid      x: ⌈ROWS / 4⌉, y: views.

// eˣ from + and × alone, off by at most 0.98 ulp (measured; 1.3 by analysis, test/kernels/exp-erf.test.ts): WGSL allows its
// own exp (3 + 2|x|) ulp, and drivers differ.
//
//   n = round(x / ln 2);  r = x − n·ln 2 in two steps, n times the first constant being exact;  eʳ = 1 + r + r²·q(r)
//
// with q of degree 4, minimax on |r| ≤ ln 2 / 2. 2ⁿ is put together from bits, one power short so that n = 128 has some.
// Below −86.9 the result is 0; above 88.72 it grows beyond all numbers, to infinity. NaN stays NaN: it is in r.

// The product has at most 22 bits, so this takes nothing from it; but without it Mesa's drivers, which regard sums as
// associative, make the two steps one and are off by 68 ulp (with it, by 1.8).
fn opaque(v: vec4f) -> vec4f { return bitcast<vec4f>(bitcast<vec4u>(v) & vec4u(0xfffffffeu)); }

fn exponential(x: vec4f) -> vec4f {
  let n = round(clamp(x, vec4f(-88.0), vec4f(88.75)) * 1.44269504);
  let r = fma(n, vec4f(-1.42860677e-6), x - opaque(n * 0.693145752));
  let q = fma(fma(fma(fma(r, vec4f(0.00138144335), vec4f(0.00836879667)), r, vec4f(0.0416683964)), r, vec4f(0.166665196)), r, vec4f(0.49999994));
  let p = fma(q * r, r, r) + 1.0;
  let power = bitcast<vec4f>(vec4u(vec4i(n) + 126i) << vec4u(23u));
  return select((p + p) * power, vec4f(), x < vec4f(-86.9));
}

// The values of group g of four channels; `padding` beyond CHANNELS.

fn inside(g: u32, v: vec4f, padding: f32) -> vec4f {
  return select(vec4f(padding), v, vec4u(4u * g) + vec4u(0u, 1u, 2u, 3u) < vec4u(CHANNELS));
}

// Sums over channels in one order for all families: the groups of four channels g, g + 16, g + 32 … are added up, then
// the sixteen results by pairs, then x, y, z, w by pairs.

fn pairs(a: vec4f, b: vec4f, c: vec4f, d: vec4f) -> vec4f { return (a + b) + (c + d); }
fn across(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

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


@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * ROWS * C4>;
@group(0) @binding(1) var<storage, read_write> output: array<Stored, VIEWS * ROWS * C4>;

var<workgroup> peaks: array<vec4f, 64>;
var<workgroup> sums: array<vec4f, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) thread: u32) {
  let r = tile.x * 4u + thread / 16u;
  let row = (tile.y * ROWS + min(r, ROWS - 1u)) * C4;
  let team = thread / 16u * 16u;
  let first = widen(input[row]).x;
  var most = vec4f(first);
  for (var g = thread % 16u; g < C4; g += 16u) {
    most = max(most, inside(g, widen(input[row + g]), first));
  }
  peaks[thread] = most;
  workgroupBarrier();
  for (var l = 0u; l < 16u; l++) {
    most = max(most, peaks[team + l]);
  }
  let peak = max(max(most.x, most.y), max(most.z, most.w));
  var sum4 = vec4f();
  for (var g = thread % 16u; g < C4; g += 16u) {
    sum4 += inside(g, exponential(widen(input[row + g]) - peak), 0.0);
  }
  sums[thread] = sum4;
  workgroupBarrier();
  let sum = across(pairs(
    pairs(sums[team + 0u], sums[team + 1u], sums[team + 2u], sums[team + 3u]),
    pairs(sums[team + 4u], sums[team + 5u], sums[team + 6u], sums[team + 7u]),
    pairs(sums[team + 8u], sums[team + 9u], sums[team + 10u], sums[team + 11u]),
    pairs(sums[team + 12u], sums[team + 13u], sums[team + 14u], sums[team + 15u]),
  ));
  if (r >= ROWS) { return; }
  for (var g = thread % 16u; g < C4; g += 16u) {
    output[row + g] = narrow(inside(g, exponential(widen(input[row + g]) - peak) / sum, 0.0));
  }
}

