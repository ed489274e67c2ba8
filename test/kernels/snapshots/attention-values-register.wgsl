const VIEWS = 20u;
const TOKENS = 197u;
const HEADS = 3u;
const HD4 = 16u;
const ROWS = 4u;
// Attention's weighted values:  out[b, i, h, c] = Σ_j p[b, h, i, j] · v[b, j, h, c];  portable family.
//
// Layouts   p [b][HEADS][TOKENS][T4] Stored, 0 beyond key TOKENS − 1;  in [b][TOKENS][q, k, v][HEADS][HD4] Stored;
//           out [b][TOKENS][HEADS][HD4] Stored.
// Order     j, one product after another: the same for every family. Beyond the last key 0 times a value is added, which
//           changes no bit of a sum that is not zero, and no family leaves it out.
// Work      A thread owns ROWS queries × 4 channels.
// Grid      x: ⌈⌈TOKENS / ROWS⌉ · HD4 / 64⌉, y: HEADS, z: views.

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

@group(0) @binding(0) var<storage, read> probabilities: array<Stored, VIEWS * HEADS * TOKENS * T4>;
@group(0) @binding(1) var<storage, read> input: array<Stored, VIEWS * TOKENS * 3 * D4>;
@group(0) @binding(2) var<storage, read_write> output: array<Stored, VIEWS * TOKENS * D4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let query0 = id.x / HD4 * ROWS;
  if (query0 >= TOKENS) { return; }
  let column = id.y * HD4 + id.x % HD4;
  let v = id.z * (TOKENS * 3 * D4) + 2u * D4 + column;
  let p0 = ((id.z * HEADS + id.y) * TOKENS + min(query0 + 0u, TOKENS - 1u)) * T4;
  var sum0 = vec4f();
  let p1 = ((id.z * HEADS + id.y) * TOKENS + min(query0 + 1u, TOKENS - 1u)) * T4;
  var sum1 = vec4f();
  let p2 = ((id.z * HEADS + id.y) * TOKENS + min(query0 + 2u, TOKENS - 1u)) * T4;
  var sum2 = vec4f();
  let p3 = ((id.z * HEADS + id.y) * TOKENS + min(query0 + 3u, TOKENS - 1u)) * T4;
  var sum3 = vec4f();
  for (var j = 0u; j < T4; j++) {
    let b0 = widen(input[v + min(4u * j + 0u, TOKENS - 1u) * (3 * D4)]);
    let b1 = widen(input[v + min(4u * j + 1u, TOKENS - 1u) * (3 * D4)]);
    let b2 = widen(input[v + min(4u * j + 2u, TOKENS - 1u) * (3 * D4)]);
    let b3 = widen(input[v + min(4u * j + 3u, TOKENS - 1u) * (3 * D4)]);
    let a0 = widen(probabilities[p0 + j]);
    sum0 = fma(b3, vec4f(a0.w), fma(b2, vec4f(a0.z), fma(b1, vec4f(a0.y), fma(b0, vec4f(a0.x), sum0))));
    let a1 = widen(probabilities[p1 + j]);
    sum1 = fma(b3, vec4f(a1.w), fma(b2, vec4f(a1.z), fma(b1, vec4f(a1.y), fma(b0, vec4f(a1.x), sum1))));
    let a2 = widen(probabilities[p2 + j]);
    sum2 = fma(b3, vec4f(a2.w), fma(b2, vec4f(a2.z), fma(b1, vec4f(a2.y), fma(b0, vec4f(a2.x), sum2))));
    let a3 = widen(probabilities[p3 + j]);
    sum3 = fma(b3, vec4f(a3.w), fma(b2, vec4f(a3.z), fma(b1, vec4f(a3.y), fma(b0, vec4f(a3.x), sum3))));
  }
  if (query0 + 0u < TOKENS) { output[(id.z * TOKENS + query0 + 0u) * D4 + column] = narrow(sum0); }
  if (query0 + 1u < TOKENS) { output[(id.z * TOKENS + query0 + 1u) * D4 + column] = narrow(sum1); }
  if (query0 + 2u < TOKENS) { output[(id.z * TOKENS + query0 + 2u) * D4 + column] = narrow(sum2); }
  if (query0 + 3u < TOKENS) { output[(id.z * TOKENS + query0 + 3u) * D4 + column] = narrow(sum3); }
}

