// Attention's weighted values:  out[b, i, h, c] = Σ_j p[b, h, i, j] · v[b, j, h, c];  portable family.
//
// Layouts   p [b][HEADS][TOKENS][T4] Stored, 0 beyond key TOKENS − 1;  in [b][TOKENS][q, k, v][HEADS][HD4] Stored;
//           out [b][TOKENS][HEADS][HD4] Stored.
// Order     j, one product after another: the same for every family. Beyond the last key 0 times a value is added, which
//           changes no bit of a sum that is not zero, and no family leaves it out.
// Work      A thread owns ROWS queries × 4 channels.
// Grid      x: ⌈⌈TOKENS / ROWS⌉ · HD4 / 64⌉, y: HEADS, z: views.

#import "lib/stored.wgsl"

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
#for m in 0..ROWS
  let p${m} = ((id.z * HEADS + id.y) * TOKENS + min(query0 + ${m}u, TOKENS - 1u)) * T4;
  var sum${m} = vec4f();
#endfor
  for (var j = 0u; j < T4; j++) {
#for k in 0..4
    let b${k} = widen(input[v + min(4u * j + ${k}u, TOKENS - 1u) * (3 * D4)]);
#endfor
#for m in 0..ROWS
    let a${m} = widen(probabilities[p${m} + j]);
    sum${m} = fma(b3, vec4f(a${m}.w), fma(b2, vec4f(a${m}.z), fma(b1, vec4f(a${m}.y), fma(b0, vec4f(a${m}.x), sum${m}))));
#endfor
  }
#for m in 0..ROWS
  if (query0 + ${m}u < TOKENS) { output[(id.z * TOKENS + query0 + ${m}u) * D4 + column] = narrow(sum${m}); }
#endfor
}
