enable subgroups;
const VIEWS = 20u;
const TOKENS = 197u;
const HEADS = 3u;
const HD4 = 16u;
const GROUPS = 4u;
const COLUMNS = 1u;
// Attention's weighted values:  out[b, i, h, c] = Σ_j p[b, h, i, j] · v[b, j, h, c];  family for CPU drivers.
//
// Layouts   p [b][HEADS][TOKENS][T4] Stored, 0 beyond key TOKENS − 1;  in [b][TOKENS][q, k, v][HEADS][HD4] Stored;
//           out [b][TOKENS][HEADS][HD4] Stored.
// Order     j, one product after another: the same for every family. Beyond the last key 0 times a value is added, which
//           changes no bit of a sum that is not zero, and no family leaves it out.
// Work      A workgroup owns lanes·GROUPS queries × 16·COLUMNS channels. A lane holds 4·COLUMNS channels of four keys; of
//           every four queries it loads the four probabilities of one and gets the others' by rotation.
// Grid      x: ⌈TOKENS / (lanes·GROUPS)⌉ · ⌈HD4 / (4·COLUMNS)⌉, y: HEADS, z: views.

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
const COLUMN_TILES = (HD4 + 4 * COLUMNS - 1) / (4 * COLUMNS);

@group(0) @binding(0) var<storage, read> probabilities: array<Stored, VIEWS * HEADS * TOKENS * T4>;
@group(0) @binding(1) var<storage, read> input: array<Stored, VIEWS * TOKENS * 3 * D4>;
@group(0) @binding(2) var<storage, read_write> output: array<Stored, VIEWS * TOKENS * D4>;

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) lane: u32) {
  let query0 = tile.x / COLUMN_TILES * (4u * GROUPS);
  let column0 = tile.x % COLUMN_TILES * (4u * COLUMNS) + lane % 4u;
  let p0 = ((tile.z * HEADS + tile.y) * TOKENS + min(query0 + lane + 0u, TOKENS - 1u)) * T4;
  let p1 = ((tile.z * HEADS + tile.y) * TOKENS + min(query0 + lane + 4u, TOKENS - 1u)) * T4;
  let p2 = ((tile.z * HEADS + tile.y) * TOKENS + min(query0 + lane + 8u, TOKENS - 1u)) * T4;
  let p3 = ((tile.z * HEADS + tile.y) * TOKENS + min(query0 + lane + 12u, TOKENS - 1u)) * T4;
  let v0 = tile.z * (TOKENS * 3 * D4) + 2u * D4 + tile.y * HD4 + min(column0 + 0u, HD4 - 1u);
  var sum0_0_0 = vec4f();
  var sum0_0_1 = vec4f();
  var sum0_0_2 = vec4f();
  var sum0_0_3 = vec4f();
  var sum0_1_0 = vec4f();
  var sum0_1_1 = vec4f();
  var sum0_1_2 = vec4f();
  var sum0_1_3 = vec4f();
  var sum0_2_0 = vec4f();
  var sum0_2_1 = vec4f();
  var sum0_2_2 = vec4f();
  var sum0_2_3 = vec4f();
  var sum0_3_0 = vec4f();
  var sum0_3_1 = vec4f();
  var sum0_3_2 = vec4f();
  var sum0_3_3 = vec4f();
  for (var j = 0u; j < T4; j++) {
    let key0 = min(4u * j + 0u, TOKENS - 1u) * (3 * D4);
    let b0_0 = widen(input[v0 + key0]);
    let key1 = min(4u * j + 1u, TOKENS - 1u) * (3 * D4);
    let b0_1 = widen(input[v0 + key1]);
    let key2 = min(4u * j + 2u, TOKENS - 1u) * (3 * D4);
    let b0_2 = widen(input[v0 + key2]);
    let key3 = min(4u * j + 3u, TOKENS - 1u) * (3 * D4);
    let b0_3 = widen(input[v0 + key3]);
    {
      let p = widen(probabilities[p0 + j]);
      {
        let a = rotate0(p);
        sum0_0_0 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), sum0_0_0))));
      }
      {
        let a = rotate1(p);
        sum0_0_1 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), sum0_0_1))));
      }
      {
        let a = rotate2(p);
        sum0_0_2 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), sum0_0_2))));
      }
      {
        let a = rotate3(p);
        sum0_0_3 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), sum0_0_3))));
      }
    }
    {
      let p = widen(probabilities[p1 + j]);
      {
        let a = rotate0(p);
        sum0_1_0 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), sum0_1_0))));
      }
      {
        let a = rotate1(p);
        sum0_1_1 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), sum0_1_1))));
      }
      {
        let a = rotate2(p);
        sum0_1_2 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), sum0_1_2))));
      }
      {
        let a = rotate3(p);
        sum0_1_3 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), sum0_1_3))));
      }
    }
    {
      let p = widen(probabilities[p2 + j]);
      {
        let a = rotate0(p);
        sum0_2_0 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), sum0_2_0))));
      }
      {
        let a = rotate1(p);
        sum0_2_1 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), sum0_2_1))));
      }
      {
        let a = rotate2(p);
        sum0_2_2 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), sum0_2_2))));
      }
      {
        let a = rotate3(p);
        sum0_2_3 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), sum0_2_3))));
      }
    }
    {
      let p = widen(probabilities[p3 + j]);
      {
        let a = rotate0(p);
        sum0_3_0 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), sum0_3_0))));
      }
      {
        let a = rotate1(p);
        sum0_3_1 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), sum0_3_1))));
      }
      {
        let a = rotate2(p);
        sum0_3_2 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), sum0_3_2))));
      }
      {
        let a = rotate3(p);
        sum0_3_3 = fma(b0_3, vec4f(a.w), fma(b0_2, vec4f(a.z), fma(b0_1, vec4f(a.y), fma(b0_0, vec4f(a.x), sum0_3_3))));
      }
    }
  }
  {
    let query = query0 + 0u + (lane ^ 0u);
    if (query < TOKENS) {
      let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
      if (column0 + 0u < HD4) { output[at + 0u] = narrow(sum0_0_0); }
    }
  }
  {
    let query = query0 + 0u + (lane ^ 1u);
    if (query < TOKENS) {
      let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
      if (column0 + 0u < HD4) { output[at + 0u] = narrow(sum0_0_1); }
    }
  }
  {
    let query = query0 + 0u + (lane ^ 2u);
    if (query < TOKENS) {
      let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
      if (column0 + 0u < HD4) { output[at + 0u] = narrow(sum0_0_2); }
    }
  }
  {
    let query = query0 + 0u + (lane ^ 3u);
    if (query < TOKENS) {
      let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
      if (column0 + 0u < HD4) { output[at + 0u] = narrow(sum0_0_3); }
    }
  }
  {
    let query = query0 + 4u + (lane ^ 0u);
    if (query < TOKENS) {
      let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
      if (column0 + 0u < HD4) { output[at + 0u] = narrow(sum0_1_0); }
    }
  }
  {
    let query = query0 + 4u + (lane ^ 1u);
    if (query < TOKENS) {
      let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
      if (column0 + 0u < HD4) { output[at + 0u] = narrow(sum0_1_1); }
    }
  }
  {
    let query = query0 + 4u + (lane ^ 2u);
    if (query < TOKENS) {
      let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
      if (column0 + 0u < HD4) { output[at + 0u] = narrow(sum0_1_2); }
    }
  }
  {
    let query = query0 + 4u + (lane ^ 3u);
    if (query < TOKENS) {
      let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
      if (column0 + 0u < HD4) { output[at + 0u] = narrow(sum0_1_3); }
    }
  }
  {
    let query = query0 + 8u + (lane ^ 0u);
    if (query < TOKENS) {
      let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
      if (column0 + 0u < HD4) { output[at + 0u] = narrow(sum0_2_0); }
    }
  }
  {
    let query = query0 + 8u + (lane ^ 1u);
    if (query < TOKENS) {
      let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
      if (column0 + 0u < HD4) { output[at + 0u] = narrow(sum0_2_1); }
    }
  }
  {
    let query = query0 + 8u + (lane ^ 2u);
    if (query < TOKENS) {
      let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
      if (column0 + 0u < HD4) { output[at + 0u] = narrow(sum0_2_2); }
    }
  }
  {
    let query = query0 + 8u + (lane ^ 3u);
    if (query < TOKENS) {
      let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
      if (column0 + 0u < HD4) { output[at + 0u] = narrow(sum0_2_3); }
    }
  }
  {
    let query = query0 + 12u + (lane ^ 0u);
    if (query < TOKENS) {
      let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
      if (column0 + 0u < HD4) { output[at + 0u] = narrow(sum0_3_0); }
    }
  }
  {
    let query = query0 + 12u + (lane ^ 1u);
    if (query < TOKENS) {
      let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
      if (column0 + 0u < HD4) { output[at + 0u] = narrow(sum0_3_1); }
    }
  }
  {
    let query = query0 + 12u + (lane ^ 2u);
    if (query < TOKENS) {
      let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
      if (column0 + 0u < HD4) { output[at + 0u] = narrow(sum0_3_2); }
    }
  }
  {
    let query = query0 + 12u + (lane ^ 3u);
    if (query < TOKENS) {
      let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
      if (column0 + 0u < HD4) { output[at + 0u] = narrow(sum0_3_3); }
    }
  }
}

