enable subgroups;
const VIEWS = 20u;
const TOKENS = 197u;
const HEADS = 3u;
const HD4 = 16u;
const CHANNELS = 197u;
const SCALE = 0.125f;
const ROWS = 2u;
const GROUPS = 4u;
const COLUMNS = 2u;
// Attention without stored probabilities:  out[b, i, h, c] = Σ_j p[b, h, i, j] · v[b, j, h, c];  family for CPU drivers.
//
//   p[b, h, i, ·] = softmax over the keys j of  SCALE · Σ_c q[b, i, h, c] · k[b, j, h, c]
//
// The bits of attention-scores-*.wgsl, softmax.wgsl and attention-values-*.wgsl one after another: whether probabilities are
// tapped changes nothing after them.
//
// Layouts   in [b][TOKENS][q, k, v][HEADS][HD4] Stored;  out [b][TOKENS][HEADS][HD4] Stored.
// Order     As in those three.
// Work      A workgroup, one quad or several, owns lanes·ROWS queries of one head. A lane keeps the rows of ROWS queries in
//           its own memory, which costs this driver what a buffer costs. Keys and probabilities go round by rotation.
// Grid      x: ⌈TOKENS / (lanes·ROWS)⌉, y: HEADS, z: views.

// Rotations within a quad (lanes 4i … 4i+3): rotateR(v) is v as lane (l xor R) holds it. One shuffle instruction each.

fn rotate0(v: vec4f) -> vec4f { return v; }
fn rotate1(v: vec4f) -> vec4f { return quadSwapX(v); }
fn rotate2(v: vec4f) -> vec4f { return quadSwapY(v); }
fn rotate3(v: vec4f) -> vec4f { return quadSwapDiagonal(v); }

// Column c of four that lane l accumulated in the order l, l^1, l^2, l^3: back to the order 0, 1, 2, 3.
fn unrotate(v: vec4f, lane: u32) -> vec4f {
  let pairs = select(v, v.yxwz, (lane & 1u) != 0u);
  return select(pairs, pairs.zwxy, (lane & 2u) != 0u);
}

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

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) lane: u32) {
  let query0 = tile.x * (4u * ROWS);
  let head = tile.z * (TOKENS * 3 * D4) + tile.y * HD4;
  var row0: array<vec4f, T4>;
  var most0 = vec4f(LEAST);
  let q0 = head + min(query0 + lane + 0u, TOKENS - 1u) * (3 * D4);
  var row1: array<vec4f, T4>;
  var most1 = vec4f(LEAST);
  let q1 = head + min(query0 + lane + 4u, TOKENS - 1u) * (3 * D4);

  for (var group0 = 0u; group0 < T4; group0 += GROUPS) {
    let k0 = head + D4 + min(4u * group0 + lane % 4u + 0u, TOKENS - 1u) * (3 * D4);
    let k1 = head + D4 + min(4u * group0 + lane % 4u + 4u, TOKENS - 1u) * (3 * D4);
    let k2 = head + D4 + min(4u * group0 + lane % 4u + 8u, TOKENS - 1u) * (3 * D4);
    let k3 = head + D4 + min(4u * group0 + lane % 4u + 12u, TOKENS - 1u) * (3 * D4);
    var sum0_0_0 = 0.0;
    var sum0_0_1 = 0.0;
    var sum0_0_2 = 0.0;
    var sum0_0_3 = 0.0;
    var sum0_1_0 = 0.0;
    var sum0_1_1 = 0.0;
    var sum0_1_2 = 0.0;
    var sum0_1_3 = 0.0;
    var sum0_2_0 = 0.0;
    var sum0_2_1 = 0.0;
    var sum0_2_2 = 0.0;
    var sum0_2_3 = 0.0;
    var sum0_3_0 = 0.0;
    var sum0_3_1 = 0.0;
    var sum0_3_2 = 0.0;
    var sum0_3_3 = 0.0;
    var sum1_0_0 = 0.0;
    var sum1_0_1 = 0.0;
    var sum1_0_2 = 0.0;
    var sum1_0_3 = 0.0;
    var sum1_1_0 = 0.0;
    var sum1_1_1 = 0.0;
    var sum1_1_2 = 0.0;
    var sum1_1_3 = 0.0;
    var sum1_2_0 = 0.0;
    var sum1_2_1 = 0.0;
    var sum1_2_2 = 0.0;
    var sum1_2_3 = 0.0;
    var sum1_3_0 = 0.0;
    var sum1_3_1 = 0.0;
    var sum1_3_2 = 0.0;
    var sum1_3_3 = 0.0;
    for (var c = 0u; c < HD4; c++) {
      let a0 = widen(input[q0 + c]);
      let a1 = widen(input[q1 + c]);
      {
        let k = widen(input[k0 + c]);
        {
          let v = rotate0(k);
          sum0_0_0 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_0_0))));
          sum1_0_0 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_0_0))));
        }
        {
          let v = rotate1(k);
          sum0_0_1 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_0_1))));
          sum1_0_1 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_0_1))));
        }
        {
          let v = rotate2(k);
          sum0_0_2 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_0_2))));
          sum1_0_2 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_0_2))));
        }
        {
          let v = rotate3(k);
          sum0_0_3 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_0_3))));
          sum1_0_3 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_0_3))));
        }
      }
      {
        let k = widen(input[k1 + c]);
        {
          let v = rotate0(k);
          sum0_1_0 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_1_0))));
          sum1_1_0 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_1_0))));
        }
        {
          let v = rotate1(k);
          sum0_1_1 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_1_1))));
          sum1_1_1 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_1_1))));
        }
        {
          let v = rotate2(k);
          sum0_1_2 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_1_2))));
          sum1_1_2 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_1_2))));
        }
        {
          let v = rotate3(k);
          sum0_1_3 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_1_3))));
          sum1_1_3 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_1_3))));
        }
      }
      {
        let k = widen(input[k2 + c]);
        {
          let v = rotate0(k);
          sum0_2_0 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_2_0))));
          sum1_2_0 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_2_0))));
        }
        {
          let v = rotate1(k);
          sum0_2_1 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_2_1))));
          sum1_2_1 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_2_1))));
        }
        {
          let v = rotate2(k);
          sum0_2_2 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_2_2))));
          sum1_2_2 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_2_2))));
        }
        {
          let v = rotate3(k);
          sum0_2_3 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_2_3))));
          sum1_2_3 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_2_3))));
        }
      }
      {
        let k = widen(input[k3 + c]);
        {
          let v = rotate0(k);
          sum0_3_0 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_3_0))));
          sum1_3_0 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_3_0))));
        }
        {
          let v = rotate1(k);
          sum0_3_1 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_3_1))));
          sum1_3_1 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_3_1))));
        }
        {
          let v = rotate2(k);
          sum0_3_2 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_3_2))));
          sum1_3_2 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_3_2))));
        }
        {
          let v = rotate3(k);
          sum0_3_3 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_3_3))));
          sum1_3_3 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_3_3))));
        }
      }
    }
    if (group0 + 0u < T4) {
      let score0 = unrotate(vec4f(sum0_0_0, sum0_0_1, sum0_0_2, sum0_0_3), lane) * SCALE;
      row0[group0 + 0u] = score0;
      most0 = max(most0, inside(group0 + 0u, score0, LEAST));
      let score1 = unrotate(vec4f(sum1_0_0, sum1_0_1, sum1_0_2, sum1_0_3), lane) * SCALE;
      row1[group0 + 0u] = score1;
      most1 = max(most1, inside(group0 + 0u, score1, LEAST));
    }
    if (group0 + 1u < T4) {
      let score0 = unrotate(vec4f(sum0_1_0, sum0_1_1, sum0_1_2, sum0_1_3), lane) * SCALE;
      row0[group0 + 1u] = score0;
      most0 = max(most0, inside(group0 + 1u, score0, LEAST));
      let score1 = unrotate(vec4f(sum1_1_0, sum1_1_1, sum1_1_2, sum1_1_3), lane) * SCALE;
      row1[group0 + 1u] = score1;
      most1 = max(most1, inside(group0 + 1u, score1, LEAST));
    }
    if (group0 + 2u < T4) {
      let score0 = unrotate(vec4f(sum0_2_0, sum0_2_1, sum0_2_2, sum0_2_3), lane) * SCALE;
      row0[group0 + 2u] = score0;
      most0 = max(most0, inside(group0 + 2u, score0, LEAST));
      let score1 = unrotate(vec4f(sum1_2_0, sum1_2_1, sum1_2_2, sum1_2_3), lane) * SCALE;
      row1[group0 + 2u] = score1;
      most1 = max(most1, inside(group0 + 2u, score1, LEAST));
    }
    if (group0 + 3u < T4) {
      let score0 = unrotate(vec4f(sum0_3_0, sum0_3_1, sum0_3_2, sum0_3_3), lane) * SCALE;
      row0[group0 + 3u] = score0;
      most0 = max(most0, inside(group0 + 3u, score0, LEAST));
      let score1 = unrotate(vec4f(sum1_3_0, sum1_3_1, sum1_3_2, sum1_3_3), lane) * SCALE;
      row1[group0 + 3u] = score1;
      most1 = max(most1, inside(group0 + 3u, score1, LEAST));
    }
  }

  var parts0: array<vec4f, 16>;
  let peak0 = max(max(most0.x, most0.y), max(most0.z, most0.w));
  var parts1: array<vec4f, 16>;
  let peak1 = max(max(most1.x, most1.y), max(most1.z, most1.w));
  for (var l = 0u; l < 16u; l++) {
    var part0 = vec4f();
    var part1 = vec4f();
    for (var g = l; g < T4; g += 16u) {
      let e0 = inside(g, exponential(row0[g] - peak0), 0.0);
      row0[g] = e0;
      part0 += e0;
      let e1 = inside(g, exponential(row1[g] - peak1), 0.0);
      row1[g] = e1;
      part1 += e1;
    }
    parts0[l] = part0;
    parts1[l] = part1;
  }
  let total0 = across(pairs(
    pairs(parts0[0], parts0[1], parts0[2], parts0[3]),
    pairs(parts0[4], parts0[5], parts0[6], parts0[7]),
    pairs(parts0[8], parts0[9], parts0[10], parts0[11]),
    pairs(parts0[12], parts0[13], parts0[14], parts0[15]),
  ));
  let total1 = across(pairs(
    pairs(parts1[0], parts1[1], parts1[2], parts1[3]),
    pairs(parts1[4], parts1[5], parts1[6], parts1[7]),
    pairs(parts1[8], parts1[9], parts1[10], parts1[11]),
    pairs(parts1[12], parts1[13], parts1[14], parts1[15]),
  ));

  for (var columns = 0u; columns < HD4; columns += 4u * COLUMNS) {
    let column0 = columns + lane % 4u;
    let v0 = head + 2u * D4 + min(column0 + 0u, HD4 - 1u);
    var out0_0_0 = vec4f();
    var out0_0_1 = vec4f();
    var out0_0_2 = vec4f();
    var out0_0_3 = vec4f();
    var out0_1_0 = vec4f();
    var out0_1_1 = vec4f();
    var out0_1_2 = vec4f();
    var out0_1_3 = vec4f();
    let v1 = head + 2u * D4 + min(column0 + 4u, HD4 - 1u);
    var out1_0_0 = vec4f();
    var out1_0_1 = vec4f();
    var out1_0_2 = vec4f();
    var out1_0_3 = vec4f();
    var out1_1_0 = vec4f();
    var out1_1_1 = vec4f();
    var out1_1_2 = vec4f();
    var out1_1_3 = vec4f();
    for (var j = 0u; j < T4; j++) {
      let key0 = min(4u * j + 0u, TOKENS - 1u) * (3 * D4);
      let b0_0 = widen(input[v0 + key0]);
      let b1_0 = widen(input[v1 + key0]);
      let key1 = min(4u * j + 1u, TOKENS - 1u) * (3 * D4);
      let b0_1 = widen(input[v0 + key1]);
      let b1_1 = widen(input[v1 + key1]);
      let key2 = min(4u * j + 2u, TOKENS - 1u) * (3 * D4);
      let b0_2 = widen(input[v0 + key2]);
      let b1_2 = widen(input[v1 + key2]);
      let key3 = min(4u * j + 3u, TOKENS - 1u) * (3 * D4);
      let b0_3 = widen(input[v0 + key3]);
      let b1_3 = widen(input[v1 + key3]);
      {
        let p = row0[j] / total0;
        {
          let a = rotate0(p);
          out0_0_0 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), out0_0_0))));
          out1_0_0 = fma(b1_3, vec4f(a.w), fma(b1_2, vec4f(a.z), fma(b1_1, vec4f(a.y), fma(b1_0, vec4f(a.x), out1_0_0))));
        }
        {
          let a = rotate1(p);
          out0_0_1 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), out0_0_1))));
          out1_0_1 = fma(b1_3, vec4f(a.w), fma(b1_2, vec4f(a.z), fma(b1_1, vec4f(a.y), fma(b1_0, vec4f(a.x), out1_0_1))));
        }
        {
          let a = rotate2(p);
          out0_0_2 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), out0_0_2))));
          out1_0_2 = fma(b1_3, vec4f(a.w), fma(b1_2, vec4f(a.z), fma(b1_1, vec4f(a.y), fma(b1_0, vec4f(a.x), out1_0_2))));
        }
        {
          let a = rotate3(p);
          out0_0_3 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), out0_0_3))));
          out1_0_3 = fma(b1_3, vec4f(a.w), fma(b1_2, vec4f(a.z), fma(b1_1, vec4f(a.y), fma(b1_0, vec4f(a.x), out1_0_3))));
        }
      }
      {
        let p = row1[j] / total1;
        {
          let a = rotate0(p);
          out0_1_0 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), out0_1_0))));
          out1_1_0 = fma(b1_3, vec4f(a.w), fma(b1_2, vec4f(a.z), fma(b1_1, vec4f(a.y), fma(b1_0, vec4f(a.x), out1_1_0))));
        }
        {
          let a = rotate1(p);
          out0_1_1 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), out0_1_1))));
          out1_1_1 = fma(b1_3, vec4f(a.w), fma(b1_2, vec4f(a.z), fma(b1_1, vec4f(a.y), fma(b1_0, vec4f(a.x), out1_1_1))));
        }
        {
          let a = rotate2(p);
          out0_1_2 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), out0_1_2))));
          out1_1_2 = fma(b1_3, vec4f(a.w), fma(b1_2, vec4f(a.z), fma(b1_1, vec4f(a.y), fma(b1_0, vec4f(a.x), out1_1_2))));
        }
        {
          let a = rotate3(p);
          out0_1_3 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), out0_1_3))));
          out1_1_3 = fma(b1_3, vec4f(a.w), fma(b1_2, vec4f(a.z), fma(b1_1, vec4f(a.y), fma(b1_0, vec4f(a.x), out1_1_3))));
        }
      }
    }
    {
      let query = query0 + 0u + (lane ^ 0u);
      if (query < TOKENS) {
        let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
        if (column0 + 0u < HD4) { output[at + 0u] = narrow(out0_0_0); }
        if (column0 + 4u < HD4) { output[at + 4u] = narrow(out1_0_0); }
      }
    }
    {
      let query = query0 + 0u + (lane ^ 1u);
      if (query < TOKENS) {
        let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
        if (column0 + 0u < HD4) { output[at + 0u] = narrow(out0_0_1); }
        if (column0 + 4u < HD4) { output[at + 4u] = narrow(out1_0_1); }
      }
    }
    {
      let query = query0 + 0u + (lane ^ 2u);
      if (query < TOKENS) {
        let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
        if (column0 + 0u < HD4) { output[at + 0u] = narrow(out0_0_2); }
        if (column0 + 4u < HD4) { output[at + 4u] = narrow(out1_0_2); }
      }
    }
    {
      let query = query0 + 0u + (lane ^ 3u);
      if (query < TOKENS) {
        let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
        if (column0 + 0u < HD4) { output[at + 0u] = narrow(out0_0_3); }
        if (column0 + 4u < HD4) { output[at + 4u] = narrow(out1_0_3); }
      }
    }
    {
      let query = query0 + 4u + (lane ^ 0u);
      if (query < TOKENS) {
        let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
        if (column0 + 0u < HD4) { output[at + 0u] = narrow(out0_1_0); }
        if (column0 + 4u < HD4) { output[at + 4u] = narrow(out1_1_0); }
      }
    }
    {
      let query = query0 + 4u + (lane ^ 1u);
      if (query < TOKENS) {
        let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
        if (column0 + 0u < HD4) { output[at + 0u] = narrow(out0_1_1); }
        if (column0 + 4u < HD4) { output[at + 4u] = narrow(out1_1_1); }
      }
    }
    {
      let query = query0 + 4u + (lane ^ 2u);
      if (query < TOKENS) {
        let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
        if (column0 + 0u < HD4) { output[at + 0u] = narrow(out0_1_2); }
        if (column0 + 4u < HD4) { output[at + 4u] = narrow(out1_1_2); }
      }
    }
    {
      let query = query0 + 4u + (lane ^ 3u);
      if (query < TOKENS) {
        let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
        if (column0 + 0u < HD4) { output[at + 0u] = narrow(out0_1_3); }
        if (column0 + 4u < HD4) { output[at + 4u] = narrow(out1_1_3); }
      }
    }
  }
}

