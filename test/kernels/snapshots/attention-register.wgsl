const VIEWS = 20u;
const TOKENS = 197u;
const HEADS = 3u;
const HD4 = 16u;
const CHANNELS = 197u;
const SCALE = 0.125f;
// Attention without stored probabilities:  out[b, i, h, c] = Σ_j p[b, h, i, j] · v[b, j, h, c];  portable family.
//
//   p[b, h, i, ·] = softmax over the keys j of  SCALE · Σ_c q[b, i, h, c] · k[b, j, h, c]
//
// The bits of attention-scores-*.wgsl, softmax.wgsl and attention-values-*.wgsl one after another.
//
// Layouts   in [b][TOKENS][q, k, v][HEADS][HD4] Stored;  out [b][TOKENS][HEADS][HD4] Stored.
// Order     As in those three.
// Work      A thread owns a query of one head and keeps no score: it computes them for the largest, for the sum, and for
//           the values. Any number of tokens fits.
// Grid      x: ⌈TOKENS / 64⌉, y: HEADS, z: views.

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


const D4 = HEADS * HD4;
const T4 = (TOKENS + 3) / 4;
const LEAST = -0x1.fffffep+127f;

@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * TOKENS * 3 * D4>;
@group(0) @binding(1) var<storage, read_write> output: array<Stored, VIEWS * TOKENS * D4>;

fn scores(q: u32, head: u32, g: u32) -> vec4f {
  let k0 = head + D4 + min(4u * g + 0u, TOKENS - 1u) * (3 * D4);
  let k1 = head + D4 + min(4u * g + 1u, TOKENS - 1u) * (3 * D4);
  let k2 = head + D4 + min(4u * g + 2u, TOKENS - 1u) * (3 * D4);
  let k3 = head + D4 + min(4u * g + 3u, TOKENS - 1u) * (3 * D4);
  var sum = vec4f();
  for (var c = 0u; c < HD4; c++) {
    let a = widen(input[q + c]);
    let b0 = widen(input[k0 + c]);
    let b1 = widen(input[k1 + c]);
    let b2 = widen(input[k2 + c]);
    let b3 = widen(input[k3 + c]);
    sum = fma(vec4f(a.x), vec4f(b0.x, b1.x, b2.x, b3.x), sum);
    sum = fma(vec4f(a.y), vec4f(b0.y, b1.y, b2.y, b3.y), sum);
    sum = fma(vec4f(a.z), vec4f(b0.z, b1.z, b2.z, b3.z), sum);
    sum = fma(vec4f(a.w), vec4f(b0.w, b1.w, b2.w, b3.w), sum);
  }
  return sum * SCALE;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= TOKENS) { return; }
  let head = id.z * (TOKENS * 3 * D4) + id.y * HD4;
  let q = head + id.x * (3 * D4);

  var most = vec4f(LEAST);
  for (var g = 0u; g < T4; g++) { most = max(most, inside(g, scores(q, head, g), LEAST)); }
  let peak = max(max(most.x, most.y), max(most.z, most.w));

  var parts: array<vec4f, 16>;
  for (var l = 0u; l < 16u; l++) {
    var part = vec4f();
    for (var g = l; g < T4; g += 16u) { part += inside(g, exponential(scores(q, head, g) - peak), 0.0); }
    parts[l] = part;
  }
  let total = across(pairs(
    pairs(parts[0], parts[1], parts[2], parts[3]),
    pairs(parts[4], parts[5], parts[6], parts[7]),
    pairs(parts[8], parts[9], parts[10], parts[11]),
    pairs(parts[12], parts[13], parts[14], parts[15]),
  ));

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
  for (var j = 0u; j < T4; j++) {
    let p = inside(j, exponential(scores(q, head, j) - peak), 0.0) / total;
    let v0 = head + 2u * D4 + min(4u * j + 0u, TOKENS - 1u) * (3 * D4);
    let v1 = head + 2u * D4 + min(4u * j + 1u, TOKENS - 1u) * (3 * D4);
    let v2 = head + 2u * D4 + min(4u * j + 2u, TOKENS - 1u) * (3 * D4);
    let v3 = head + 2u * D4 + min(4u * j + 3u, TOKENS - 1u) * (3 * D4);
    sum0 = fma(widen(input[v0 + 0u]), vec4f(p.x), sum0);
    sum0 = fma(widen(input[v1 + 0u]), vec4f(p.y), sum0);
    sum0 = fma(widen(input[v2 + 0u]), vec4f(p.z), sum0);
    sum0 = fma(widen(input[v3 + 0u]), vec4f(p.w), sum0);
    sum1 = fma(widen(input[v0 + 1u]), vec4f(p.x), sum1);
    sum1 = fma(widen(input[v1 + 1u]), vec4f(p.y), sum1);
    sum1 = fma(widen(input[v2 + 1u]), vec4f(p.z), sum1);
    sum1 = fma(widen(input[v3 + 1u]), vec4f(p.w), sum1);
    sum2 = fma(widen(input[v0 + 2u]), vec4f(p.x), sum2);
    sum2 = fma(widen(input[v1 + 2u]), vec4f(p.y), sum2);
    sum2 = fma(widen(input[v2 + 2u]), vec4f(p.z), sum2);
    sum2 = fma(widen(input[v3 + 2u]), vec4f(p.w), sum2);
    sum3 = fma(widen(input[v0 + 3u]), vec4f(p.x), sum3);
    sum3 = fma(widen(input[v1 + 3u]), vec4f(p.y), sum3);
    sum3 = fma(widen(input[v2 + 3u]), vec4f(p.z), sum3);
    sum3 = fma(widen(input[v3 + 3u]), vec4f(p.w), sum3);
    sum4 = fma(widen(input[v0 + 4u]), vec4f(p.x), sum4);
    sum4 = fma(widen(input[v1 + 4u]), vec4f(p.y), sum4);
    sum4 = fma(widen(input[v2 + 4u]), vec4f(p.z), sum4);
    sum4 = fma(widen(input[v3 + 4u]), vec4f(p.w), sum4);
    sum5 = fma(widen(input[v0 + 5u]), vec4f(p.x), sum5);
    sum5 = fma(widen(input[v1 + 5u]), vec4f(p.y), sum5);
    sum5 = fma(widen(input[v2 + 5u]), vec4f(p.z), sum5);
    sum5 = fma(widen(input[v3 + 5u]), vec4f(p.w), sum5);
    sum6 = fma(widen(input[v0 + 6u]), vec4f(p.x), sum6);
    sum6 = fma(widen(input[v1 + 6u]), vec4f(p.y), sum6);
    sum6 = fma(widen(input[v2 + 6u]), vec4f(p.z), sum6);
    sum6 = fma(widen(input[v3 + 6u]), vec4f(p.w), sum6);
    sum7 = fma(widen(input[v0 + 7u]), vec4f(p.x), sum7);
    sum7 = fma(widen(input[v1 + 7u]), vec4f(p.y), sum7);
    sum7 = fma(widen(input[v2 + 7u]), vec4f(p.z), sum7);
    sum7 = fma(widen(input[v3 + 7u]), vec4f(p.w), sum7);
    sum8 = fma(widen(input[v0 + 8u]), vec4f(p.x), sum8);
    sum8 = fma(widen(input[v1 + 8u]), vec4f(p.y), sum8);
    sum8 = fma(widen(input[v2 + 8u]), vec4f(p.z), sum8);
    sum8 = fma(widen(input[v3 + 8u]), vec4f(p.w), sum8);
    sum9 = fma(widen(input[v0 + 9u]), vec4f(p.x), sum9);
    sum9 = fma(widen(input[v1 + 9u]), vec4f(p.y), sum9);
    sum9 = fma(widen(input[v2 + 9u]), vec4f(p.z), sum9);
    sum9 = fma(widen(input[v3 + 9u]), vec4f(p.w), sum9);
    sum10 = fma(widen(input[v0 + 10u]), vec4f(p.x), sum10);
    sum10 = fma(widen(input[v1 + 10u]), vec4f(p.y), sum10);
    sum10 = fma(widen(input[v2 + 10u]), vec4f(p.z), sum10);
    sum10 = fma(widen(input[v3 + 10u]), vec4f(p.w), sum10);
    sum11 = fma(widen(input[v0 + 11u]), vec4f(p.x), sum11);
    sum11 = fma(widen(input[v1 + 11u]), vec4f(p.y), sum11);
    sum11 = fma(widen(input[v2 + 11u]), vec4f(p.z), sum11);
    sum11 = fma(widen(input[v3 + 11u]), vec4f(p.w), sum11);
    sum12 = fma(widen(input[v0 + 12u]), vec4f(p.x), sum12);
    sum12 = fma(widen(input[v1 + 12u]), vec4f(p.y), sum12);
    sum12 = fma(widen(input[v2 + 12u]), vec4f(p.z), sum12);
    sum12 = fma(widen(input[v3 + 12u]), vec4f(p.w), sum12);
    sum13 = fma(widen(input[v0 + 13u]), vec4f(p.x), sum13);
    sum13 = fma(widen(input[v1 + 13u]), vec4f(p.y), sum13);
    sum13 = fma(widen(input[v2 + 13u]), vec4f(p.z), sum13);
    sum13 = fma(widen(input[v3 + 13u]), vec4f(p.w), sum13);
    sum14 = fma(widen(input[v0 + 14u]), vec4f(p.x), sum14);
    sum14 = fma(widen(input[v1 + 14u]), vec4f(p.y), sum14);
    sum14 = fma(widen(input[v2 + 14u]), vec4f(p.z), sum14);
    sum14 = fma(widen(input[v3 + 14u]), vec4f(p.w), sum14);
    sum15 = fma(widen(input[v0 + 15u]), vec4f(p.x), sum15);
    sum15 = fma(widen(input[v1 + 15u]), vec4f(p.y), sum15);
    sum15 = fma(widen(input[v2 + 15u]), vec4f(p.z), sum15);
    sum15 = fma(widen(input[v3 + 15u]), vec4f(p.w), sum15);
  }
  let at = (id.z * TOKENS + id.x) * D4 + id.y * HD4;
  output[at + 0u] = narrow(sum0);
  output[at + 1u] = narrow(sum1);
  output[at + 2u] = narrow(sum2);
  output[at + 3u] = narrow(sum3);
  output[at + 4u] = narrow(sum4);
  output[at + 5u] = narrow(sum5);
  output[at + 6u] = narrow(sum6);
  output[at + 7u] = narrow(sum7);
  output[at + 8u] = narrow(sum8);
  output[at + 9u] = narrow(sum9);
  output[at + 10u] = narrow(sum10);
  output[at + 11u] = narrow(sum11);
  output[at + 12u] = narrow(sum12);
  output[at + 13u] = narrow(sum13);
  output[at + 14u] = narrow(sum14);
  output[at + 15u] = narrow(sum15);
}

