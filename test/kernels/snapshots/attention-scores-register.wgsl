const VIEWS = 20u;
const TOKENS = 197u;
const HEADS = 3u;
const HD4 = 16u;
const CHANNELS = 197u;
const SCALE = 0.125f;
const ROWS = 4u;
// Attention scores of one head:  s[b, h, i, j] = SCALE · Σ_c q[b, i, h, c] · k[b, j, h, c];  portable family.
//
// Layouts   in [b][TOKENS][q, k, v][HEADS][HD4] Stored;  s [b][HEADS][TOKENS][T4] Stored, 0 beyond key TOKENS − 1.
// Order     c, one product after another, then SCALE = 1 / √(4·HD4): the same for every family.
// Work      A thread owns ROWS queries × 4 keys.
// Grid      x: ⌈⌈TOKENS / ROWS⌉ · T4 / 64⌉, y: HEADS, z: views.

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

@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * TOKENS * 3 * D4>;
@group(0) @binding(1) var<storage, read_write> output: array<Stored, VIEWS * HEADS * TOKENS * T4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let query0 = id.x / T4 * ROWS;
  if (query0 >= TOKENS) { return; }
  let group = id.x % T4;
  let head = id.z * (TOKENS * 3 * D4) + id.y * HD4;
  let q0 = head + min(query0 + 0u, TOKENS - 1u) * (3 * D4);
  var sum0 = vec4f();
  let q1 = head + min(query0 + 1u, TOKENS - 1u) * (3 * D4);
  var sum1 = vec4f();
  let q2 = head + min(query0 + 2u, TOKENS - 1u) * (3 * D4);
  var sum2 = vec4f();
  let q3 = head + min(query0 + 3u, TOKENS - 1u) * (3 * D4);
  var sum3 = vec4f();
  let k0 = head + D4 + min(4u * group + 0u, TOKENS - 1u) * (3 * D4);
  let k1 = head + D4 + min(4u * group + 1u, TOKENS - 1u) * (3 * D4);
  let k2 = head + D4 + min(4u * group + 2u, TOKENS - 1u) * (3 * D4);
  let k3 = head + D4 + min(4u * group + 3u, TOKENS - 1u) * (3 * D4);
  for (var c = 0u; c < HD4; c++) {
    let b0 = widen(input[k0 + c]);
    let b1 = widen(input[k1 + c]);
    let b2 = widen(input[k2 + c]);
    let b3 = widen(input[k3 + c]);
    let a0 = widen(input[q0 + c]);
    sum0 = fma(vec4f(a0.x), vec4f(b0.x, b1.x, b2.x, b3.x), sum0);
    sum0 = fma(vec4f(a0.y), vec4f(b0.y, b1.y, b2.y, b3.y), sum0);
    sum0 = fma(vec4f(a0.z), vec4f(b0.z, b1.z, b2.z, b3.z), sum0);
    sum0 = fma(vec4f(a0.w), vec4f(b0.w, b1.w, b2.w, b3.w), sum0);
    let a1 = widen(input[q1 + c]);
    sum1 = fma(vec4f(a1.x), vec4f(b0.x, b1.x, b2.x, b3.x), sum1);
    sum1 = fma(vec4f(a1.y), vec4f(b0.y, b1.y, b2.y, b3.y), sum1);
    sum1 = fma(vec4f(a1.z), vec4f(b0.z, b1.z, b2.z, b3.z), sum1);
    sum1 = fma(vec4f(a1.w), vec4f(b0.w, b1.w, b2.w, b3.w), sum1);
    let a2 = widen(input[q2 + c]);
    sum2 = fma(vec4f(a2.x), vec4f(b0.x, b1.x, b2.x, b3.x), sum2);
    sum2 = fma(vec4f(a2.y), vec4f(b0.y, b1.y, b2.y, b3.y), sum2);
    sum2 = fma(vec4f(a2.z), vec4f(b0.z, b1.z, b2.z, b3.z), sum2);
    sum2 = fma(vec4f(a2.w), vec4f(b0.w, b1.w, b2.w, b3.w), sum2);
    let a3 = widen(input[q3 + c]);
    sum3 = fma(vec4f(a3.x), vec4f(b0.x, b1.x, b2.x, b3.x), sum3);
    sum3 = fma(vec4f(a3.y), vec4f(b0.y, b1.y, b2.y, b3.y), sum3);
    sum3 = fma(vec4f(a3.z), vec4f(b0.z, b1.z, b2.z, b3.z), sum3);
    sum3 = fma(vec4f(a3.w), vec4f(b0.w, b1.w, b2.w, b3.w), sum3);
  }
  if (query0 + 0u < TOKENS) {
    output[((id.z * HEADS + id.y) * TOKENS + query0 + 0u) * T4 + group] = narrow(inside(group, sum0 * SCALE, 0.0));
  }
  if (query0 + 1u < TOKENS) {
    output[((id.z * HEADS + id.y) * TOKENS + query0 + 1u) * T4 + group] = narrow(inside(group, sum1 * SCALE, 0.0));
  }
  if (query0 + 2u < TOKENS) {
    output[((id.z * HEADS + id.y) * TOKENS + query0 + 2u) * T4 + group] = narrow(inside(group, sum2 * SCALE, 0.0));
  }
  if (query0 + 3u < TOKENS) {
    output[((id.z * HEADS + id.y) * TOKENS + query0 + 3u) * T4 + group] = narrow(inside(group, sum3 * SCALE, 0.0));
  }
}

