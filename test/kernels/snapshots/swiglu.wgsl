const VIEWS = 20u;
const POSITIONS = 197u;
const C4 = 16u;
// The gate of a SwiGLU block:  out[b, p, c] = silu(in[b, p, c]) · in[b, p, CHANNELS + c],  silu(x) = x / (1 + exp(−x))
//
// With e = exp(−|x|), silu(x) = x / (1 + e) for x ≥ 0 and x·e / (1 + e) below: nothing overflows. −∞ becomes NaN.
//
// Layouts   in [b][POSITIONS][2·C4] Stored;  out [b][POSITIONS][C4] Stored.
// Work      A thread per output vec4f.  Grid  x: ⌈POSITIONS·C4 / 64⌉, y: views.

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


@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * POSITIONS * 2 * C4>;
@group(0) @binding(1) var<storage, read_write> output: array<Stored, VIEWS * POSITIONS * C4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= POSITIONS * C4) { return; }
  let a = (id.y * POSITIONS + id.x / C4) * (2u * C4) + id.x % C4;
  let x = widen(input[a]);
  let e = exponential(-abs(x));
  let silu = x * select(e, vec4f(1.0), x >= vec4f()) / (1.0 + e);
  output[id.y * (POSITIONS * C4) + id.x] = narrow(silu * widen(input[a + C4]));
}

