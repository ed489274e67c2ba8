const VIEWS = 20u;
const TOKENS = 197u;
const HEADS = 3u;
const HD4 = 16u;
const CHANNELS = 197u;
const SCALE = 0.125f;
// Attention without stored probabilities:  out[b, i, h, c] = Σ_j p[b, h, i, j] · v[b, j, h, c];  family for GPUs.
//
//   p[b, h, i, ·] = softmax over the keys j of  SCALE · Σ_c q[b, i, h, c] · k[b, j, h, c]
//
// The bits of attention-scores-*.wgsl, softmax.wgsl and attention-values-*.wgsl one after another.
//
// Layouts   in [b][TOKENS][q, k, v][HEADS][HD4] Stored;  out [b][TOKENS][HEADS][HD4] Stored.
// Order     As in those three.
// Work      64 threads own 4 queries of one head, whose rows they keep in workgroup memory: a thread takes four keys for
//           all queries, then every sixteenth group of keys of one query, then 4 channels of one query.
// Grid      x: ⌈TOKENS / 4⌉, y: HEADS, z: views.

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

var<workgroup> rows: array<vec4f, 4 * T4>;
var<workgroup> peaks: array<vec4f, 64>;
var<workgroup> sums: array<vec4f, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) thread: u32) {
  let query0 = tile.x * 4u;
  let head = tile.z * (TOKENS * 3 * D4) + tile.y * HD4;
  let q0 = head + min(query0 + 0u, TOKENS - 1u) * (3 * D4);
  let q1 = head + min(query0 + 1u, TOKENS - 1u) * (3 * D4);
  let q2 = head + min(query0 + 2u, TOKENS - 1u) * (3 * D4);
  let q3 = head + min(query0 + 3u, TOKENS - 1u) * (3 * D4);
  for (var g = thread; g < T4; g += 64u) {
    let k0 = head + D4 + min(4u * g + 0u, TOKENS - 1u) * (3 * D4);
    var score0 = vec4f();
    let k1 = head + D4 + min(4u * g + 1u, TOKENS - 1u) * (3 * D4);
    var score1 = vec4f();
    let k2 = head + D4 + min(4u * g + 2u, TOKENS - 1u) * (3 * D4);
    var score2 = vec4f();
    let k3 = head + D4 + min(4u * g + 3u, TOKENS - 1u) * (3 * D4);
    var score3 = vec4f();
    for (var c = 0u; c < HD4; c++) {
      let b0 = widen(input[k0 + c]);
      let b1 = widen(input[k1 + c]);
      let b2 = widen(input[k2 + c]);
      let b3 = widen(input[k3 + c]);
      let a0 = widen(input[q0 + c]);
      score0 = fma(vec4f(a0.x), vec4f(b0.x, b1.x, b2.x, b3.x), score0);
      score0 = fma(vec4f(a0.y), vec4f(b0.y, b1.y, b2.y, b3.y), score0);
      score0 = fma(vec4f(a0.z), vec4f(b0.z, b1.z, b2.z, b3.z), score0);
      score0 = fma(vec4f(a0.w), vec4f(b0.w, b1.w, b2.w, b3.w), score0);
      let a1 = widen(input[q1 + c]);
      score1 = fma(vec4f(a1.x), vec4f(b0.x, b1.x, b2.x, b3.x), score1);
      score1 = fma(vec4f(a1.y), vec4f(b0.y, b1.y, b2.y, b3.y), score1);
      score1 = fma(vec4f(a1.z), vec4f(b0.z, b1.z, b2.z, b3.z), score1);
      score1 = fma(vec4f(a1.w), vec4f(b0.w, b1.w, b2.w, b3.w), score1);
      let a2 = widen(input[q2 + c]);
      score2 = fma(vec4f(a2.x), vec4f(b0.x, b1.x, b2.x, b3.x), score2);
      score2 = fma(vec4f(a2.y), vec4f(b0.y, b1.y, b2.y, b3.y), score2);
      score2 = fma(vec4f(a2.z), vec4f(b0.z, b1.z, b2.z, b3.z), score2);
      score2 = fma(vec4f(a2.w), vec4f(b0.w, b1.w, b2.w, b3.w), score2);
      let a3 = widen(input[q3 + c]);
      score3 = fma(vec4f(a3.x), vec4f(b0.x, b1.x, b2.x, b3.x), score3);
      score3 = fma(vec4f(a3.y), vec4f(b0.y, b1.y, b2.y, b3.y), score3);
      score3 = fma(vec4f(a3.z), vec4f(b0.z, b1.z, b2.z, b3.z), score3);
      score3 = fma(vec4f(a3.w), vec4f(b0.w, b1.w, b2.w, b3.w), score3);
    }
    rows[0u * T4 + g] = score0 * SCALE;
    rows[1u * T4 + g] = score1 * SCALE;
    rows[2u * T4 + g] = score2 * SCALE;
    rows[3u * T4 + g] = score3 * SCALE;
  }
  workgroupBarrier();

  let team = thread / 16u * 16u;
  let row = thread / 16u * T4;
  var most = vec4f(LEAST);
  for (var g = thread % 16u; g < T4; g += 16u) { most = max(most, inside(g, rows[row + g], LEAST)); }
  peaks[thread] = most;
  workgroupBarrier();
  most = max(most, peaks[team + 0u]);
  most = max(most, peaks[team + 1u]);
  most = max(most, peaks[team + 2u]);
  most = max(most, peaks[team + 3u]);
  most = max(most, peaks[team + 4u]);
  most = max(most, peaks[team + 5u]);
  most = max(most, peaks[team + 6u]);
  most = max(most, peaks[team + 7u]);
  most = max(most, peaks[team + 8u]);
  most = max(most, peaks[team + 9u]);
  most = max(most, peaks[team + 10u]);
  most = max(most, peaks[team + 11u]);
  most = max(most, peaks[team + 12u]);
  most = max(most, peaks[team + 13u]);
  most = max(most, peaks[team + 14u]);
  most = max(most, peaks[team + 15u]);
  let peak = max(max(most.x, most.y), max(most.z, most.w));
  var part = vec4f();
  for (var g = thread % 16u; g < T4; g += 16u) {
    let e = inside(g, exponential(rows[row + g] - peak), 0.0);
    rows[row + g] = e;
    part += e;
  }
  sums[thread] = part;
  workgroupBarrier();
  let total = across(pairs(
    pairs(sums[team + 0u], sums[team + 1u], sums[team + 2u], sums[team + 3u]),
    pairs(sums[team + 4u], sums[team + 5u], sums[team + 6u], sums[team + 7u]),
    pairs(sums[team + 8u], sums[team + 9u], sums[team + 10u], sums[team + 11u]),
    pairs(sums[team + 12u], sums[team + 13u], sums[team + 14u], sums[team + 15u]),
  ));
  for (var g = thread % 16u; g < T4; g += 16u) { rows[row + g] /= total; }
  workgroupBarrier();

  for (var i = thread; i < 4u * HD4; i += 64u) {
    let query = i / HD4;
    if (query0 + query >= TOKENS) { continue; }
    let v = head + 2u * D4 + i % HD4;
    var sum = vec4f();
    for (var j = 0u; j < T4; j++) {
      let p = rows[query * T4 + j];
      let v0 = widen(input[v + min(4u * j + 0u, TOKENS - 1u) * (3 * D4)]);
      let v1 = widen(input[v + min(4u * j + 1u, TOKENS - 1u) * (3 * D4)]);
      let v2 = widen(input[v + min(4u * j + 2u, TOKENS - 1u) * (3 * D4)]);
      let v3 = widen(input[v + min(4u * j + 3u, TOKENS - 1u) * (3 * D4)]);
      sum = fma(v3, vec4f(p.w), fma(v2, vec4f(p.z), fma(v1, vec4f(p.y), fma(v0, vec4f(p.x), sum))));
    }
    output[(tile.z * TOKENS + query0 + query) * D4 + tile.y * HD4 + i % HD4] = narrow(sum);
  }
}

