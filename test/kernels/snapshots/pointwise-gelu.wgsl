const VIEWS = 20u;
const POSITIONS = 64u;
const CO4 = 16u;
const BIAS = false;
const AFFINE = false;
const RELU = false;
const GELU = true;
const RESIDUAL = false;
const RELU_AFTER_ADD = false;
// An epilogue alone, on a stored tensor:  out[b, p, c] = epilogue(in[b, p, c])
//
// Layouts   in, residual, out [b][POSITIONS][CO4] Stored.
// Work      A thread per vec4f.  Grid  x: ⌈POSITIONS·CO4 / 64⌉, y: views.

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


@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * POSITIONS * CO4>;
@group(0) @binding(1) var<storage, read> channels: array<vec4f, 3 * CO4>;
@group(0) @binding(2) var<storage, read_write> output: array<Stored, VIEWS * POSITIONS * CO4>;

// What happens to a value before it is stored, each part by its constant:
//   v + bias · BIAS;  v · scale + shift · AFFINE;  max(v, 0) · RELU, or gelu(v) · GELU;  v + residual · RESIDUAL;
//   max(v, 0) · RELU_AFTER_ADD
// ReLU is a selection, not max(): max(NaN, 0) is 0 on some drivers and would hide a NaN.
// `residual` is stored as lib/stored.wgsl says; `channels` holds bias, scale, shift, one after another, CO4 vec4f each.

// GELU in its exact form, x/2 · (1 + erf(x / √2)), by two minimax polynomials of single precision:
//
//   |t| ≤ 0.921875:  erf t = t + t·P(t²)          else:  erf |t| = 1 − exp(Q(|t|) − |t|)
//
// 1 + erf t is off by at most 1.2e-7 (measured). For negative t of the second kind it is the exponential itself, so that
// nothing cancels in the tail. Both are always computed and one is selected. NaN and +∞ come out of GELU as they are; −∞
// comes out as NaN.

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


fn onePlusErf(t: vec4f) -> vec4f {
  let a = abs(t);
  let s = t * t;
  var p = fma(s, vec4f(-5.96761703e-4), vec4f(4.99119423e-3));
  p = fma(p, s, vec4f(-2.67681349e-2));
  p = fma(p, s, vec4f(1.12819925e-1));
  p = fma(p, s, vec4f(-3.76125336e-1));
  p = fma(p, s, vec4f(1.28379166e-1));
  var q = fma(a, vec4f(-1.72853470e-5), vec4f(3.83197126e-4));
  q = fma(q, s, fma(a, vec4f(-3.88396438e-3), vec4f(2.42546219e-2)));
  q = fma(q, a, vec4f(-1.06777877e-1));
  q = fma(q, a, vec4f(-6.34846687e-1));
  q = fma(q, a, vec4f(-1.28717512e-1));
  let tail = exponential(fma(q, a, -a));
  let large = select(tail, 2.0 - tail, t > vec4f());
  return select(fma(p, t, t) + 1.0, large, a > vec4f(0.921875));
}

fn gelu(x: vec4f) -> vec4f { return 0.5 * x * onePlusErf(x * 0.707106781); }


fn relu(v: vec4f) -> vec4f { return select(v, vec4f(), v < vec4f()); }

// What a group of four output channels has in `channels`; loaded once where several values of the group are at hand.
struct Column { bias: vec4f, scale: vec4f, shift: vec4f }

fn columnOf(column4: u32) -> Column {
  var column: Column;
  return column;
}

fn finishColumn(sum: vec4f, column: Column, at: u32) -> vec4f {
  var v = sum;
  v = gelu(v);
  return v;
}

fn finish(sum: vec4f, column4: u32, at: u32) -> vec4f { return finishColumn(sum, columnOf(column4), at); }


@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= POSITIONS * CO4) { return; }
  let at = id.y * (POSITIONS * CO4) + id.x;
  output[at] = narrow(finish(widen(input[at]), id.x % CO4, at));
}

