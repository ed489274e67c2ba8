enable subgroups;
const VIEWS = 20u;
const TOKENS = 197u;
const HEADS = 3u;
const HD4 = 16u;
const CHANNELS = 197u;
const SCALE = 0.125f;
const ROWS = 2u;
const GROUPS = 4u;
// Attention scores of one head:  s[b, h, i, j] = SCALE · Σ_c q[b, i, h, c] · k[b, j, h, c];  family for CPU drivers.
//
// Layouts   in [b][TOKENS][q, k, v][HEADS][HD4] Stored;  s [b][HEADS][TOKENS][T4] Stored, 0 beyond key TOKENS − 1.
// Order     c, one product after another, then SCALE = 1 / √(4·HD4): the same for every family.
// Work      As conv-quad.wgsl: a workgroup owns lanes·ROWS queries × 4·GROUPS keys; a lane holds ROWS queries, and of
//           every four keys it loads one and gets the others by rotation.
// Grid      x: ⌈TOKENS / (lanes·ROWS)⌉ · ⌈T4 / GROUPS⌉, y: HEADS, z: views.

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

// The values of group g of four channels; `padding` beyond CHANNELS.

fn inside(g: u32, v: vec4f, padding: f32) -> vec4f {
  return select(vec4f(padding), v, vec4u(4u * g) + vec4u(0u, 1u, 2u, 3u) < vec4u(CHANNELS));
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


const D4 = HEADS * HD4;
const T4 = (TOKENS + 3) / 4;
const KEY_TILES = (T4 + GROUPS - 1) / GROUPS;

@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * TOKENS * 3 * D4>;
@group(0) @binding(1) var<storage, read_write> output: array<Stored, VIEWS * HEADS * TOKENS * T4>;

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) lane: u32) {
  let query0 = tile.x / KEY_TILES * (4u * ROWS) + lane;
  let group0 = tile.x % KEY_TILES * GROUPS;
  let head = tile.z * (TOKENS * 3 * D4) + tile.y * HD4;
  let q0 = head + min(query0 + 0u, TOKENS - 1u) * (3 * D4);
  let q1 = head + min(query0 + 4u, TOKENS - 1u) * (3 * D4);
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
  if (query0 + 0u < TOKENS) {
    let at = ((tile.z * HEADS + tile.y) * TOKENS + query0 + 0u) * T4 + group0;
    if (group0 + 0u < T4) {
      let sum = unrotate(vec4f(sum0_0_0, sum0_0_1, sum0_0_2, sum0_0_3), lane);
      output[at + 0u] = narrow(inside(group0 + 0u, sum * SCALE, 0.0));
    }
    if (group0 + 1u < T4) {
      let sum = unrotate(vec4f(sum0_1_0, sum0_1_1, sum0_1_2, sum0_1_3), lane);
      output[at + 1u] = narrow(inside(group0 + 1u, sum * SCALE, 0.0));
    }
    if (group0 + 2u < T4) {
      let sum = unrotate(vec4f(sum0_2_0, sum0_2_1, sum0_2_2, sum0_2_3), lane);
      output[at + 2u] = narrow(inside(group0 + 2u, sum * SCALE, 0.0));
    }
    if (group0 + 3u < T4) {
      let sum = unrotate(vec4f(sum0_3_0, sum0_3_1, sum0_3_2, sum0_3_3), lane);
      output[at + 3u] = narrow(inside(group0 + 3u, sum * SCALE, 0.0));
    }
  }
  if (query0 + 4u < TOKENS) {
    let at = ((tile.z * HEADS + tile.y) * TOKENS + query0 + 4u) * T4 + group0;
    if (group0 + 0u < T4) {
      let sum = unrotate(vec4f(sum1_0_0, sum1_0_1, sum1_0_2, sum1_0_3), lane);
      output[at + 0u] = narrow(inside(group0 + 0u, sum * SCALE, 0.0));
    }
    if (group0 + 1u < T4) {
      let sum = unrotate(vec4f(sum1_1_0, sum1_1_1, sum1_1_2, sum1_1_3), lane);
      output[at + 1u] = narrow(inside(group0 + 1u, sum * SCALE, 0.0));
    }
    if (group0 + 2u < T4) {
      let sum = unrotate(vec4f(sum1_2_0, sum1_2_1, sum1_2_2, sum1_2_3), lane);
      output[at + 2u] = narrow(inside(group0 + 2u, sum * SCALE, 0.0));
    }
    if (group0 + 3u < T4) {
      let sum = unrotate(vec4f(sum1_3_0, sum1_3_1, sum1_3_2, sum1_3_3), lane);
      output[at + 3u] = narrow(inside(group0 + 3u, sum * SCALE, 0.0));
    }
  }
}

