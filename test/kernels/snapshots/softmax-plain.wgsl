const VIEWS = 20u;
const ROWS = 591u;
const CHANNELS = 197u;
const C4 = 50u;
// Softmax over the channels of each row; no workgroup memory, no barrier.
//
//   out[b, r, c] = exp(in[b, r, c] − max) / Σ_c exp(in[b, r, c] − max),  max over the channels of row r
//
// A NaN is passed over by max on some drivers, but it is a term of the sum: its whole row becomes NaN. So does a row that
// holds +∞. Exponentials are computed twice, as storing them between costs as much as computing them.
//
// Layouts   in, out [b][ROWS][C4] Stored.
// Order     lib/sixteen.wgsl.
// Work      A thread per row.  Grid  x: ⌈ROWS / 64⌉, y: views.

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

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= ROWS) { return; }
  let row = (id.y * ROWS + id.x) * C4;
  let first = widen(input[row]).x;
  var most = vec4f(first);
  for (var g = 0u; g < C4; g++) {
    most = max(most, inside(g, widen(input[row + g]), first));
  }
  let peak = max(max(most.x, most.y), max(most.z, most.w));
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  var sum4 = vec4f();
  var sum5 = vec4f();
  var sum6 = vec4f();
  var sum7 = vec4f();
  var sum8 = vec4f();
  var sum9 = vec4f();
  var sum10 = vec4f();
  var sum11 = vec4f();
  var sum12 = vec4f();
  var sum13 = vec4f();
  var sum14 = vec4f();
  var sum15 = vec4f();
  for (var g = 0u; g < CHANNELS / 64u * 16u; g += 16u) {
    sum0 += exponential(widen(input[row + g + 0u]) - peak);
    sum1 += exponential(widen(input[row + g + 1u]) - peak);
    sum2 += exponential(widen(input[row + g + 2u]) - peak);
    sum3 += exponential(widen(input[row + g + 3u]) - peak);
    sum4 += exponential(widen(input[row + g + 4u]) - peak);
    sum5 += exponential(widen(input[row + g + 5u]) - peak);
    sum6 += exponential(widen(input[row + g + 6u]) - peak);
    sum7 += exponential(widen(input[row + g + 7u]) - peak);
    sum8 += exponential(widen(input[row + g + 8u]) - peak);
    sum9 += exponential(widen(input[row + g + 9u]) - peak);
    sum10 += exponential(widen(input[row + g + 10u]) - peak);
    sum11 += exponential(widen(input[row + g + 11u]) - peak);
    sum12 += exponential(widen(input[row + g + 12u]) - peak);
    sum13 += exponential(widen(input[row + g + 13u]) - peak);
    sum14 += exponential(widen(input[row + g + 14u]) - peak);
    sum15 += exponential(widen(input[row + g + 15u]) - peak);
  }
  sum0 += inside(48u, exponential(widen(input[row + 48u]) - peak), 0.0);
  sum1 += inside(49u, exponential(widen(input[row + 49u]) - peak), 0.0);
  let sum = across(pairs(
    pairs(sum0, sum1, sum2, sum3),
    pairs(sum4, sum5, sum6, sum7),
    pairs(sum8, sum9, sum10, sum11),
    pairs(sum12, sum13, sum14, sum15),
  ));
  for (var g = 0u; g < C4; g++) {
    output[row + g] = narrow(inside(g, exponential(widen(input[row + g]) - peak) / sum, 0.0));
  }
}

