// Attention scores of one head:  s[b, h, i, j] = SCALE · Σ_c q[b, i, h, c] · k[b, j, h, c];  portable family.
//
// Layouts   in [b][TOKENS][q, k, v][HEADS][HD4] Stored;  s [b][HEADS][TOKENS][T4] Stored, 0 beyond key TOKENS − 1.
// Order     c, one product after another, then SCALE = 1 / √(4·HD4): the same for every family.
// Work      A thread owns ROWS queries × 4 keys.
// Grid      x: ⌈⌈TOKENS / ROWS⌉ · T4 / 64⌉, y: HEADS, z: views.

#import "lib/inside.wgsl"
#import "lib/stored.wgsl"

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
#for m in 0..ROWS
  let q${m} = head + min(query0 + ${m}u, TOKENS - 1u) * (3 * D4);
  var sum${m} = vec4f();
#endfor
#for n in 0..4
  let k${n} = head + D4 + min(4u * group + ${n}u, TOKENS - 1u) * (3 * D4);
#endfor
  for (var c = 0u; c < HD4; c++) {
#for n in 0..4
    let b${n} = widen(input[k${n} + c]);
#endfor
#for m in 0..ROWS
    let a${m} = widen(input[q${m} + c]);
    sum${m} = fma(vec4f(a${m}.x), vec4f(b0.x, b1.x, b2.x, b3.x), sum${m});
    sum${m} = fma(vec4f(a${m}.y), vec4f(b0.y, b1.y, b2.y, b3.y), sum${m});
    sum${m} = fma(vec4f(a${m}.z), vec4f(b0.z, b1.z, b2.z, b3.z), sum${m});
    sum${m} = fma(vec4f(a${m}.w), vec4f(b0.w, b1.w, b2.w, b3.w), sum${m});
#endfor
  }
#for m in 0..ROWS
  if (query0 + ${m}u < TOKENS) {
    output[((id.z * HEADS + id.y) * TOKENS + query0 + ${m}u) * T4 + group] = narrow(inside(group, sum${m} * SCALE, 0.0));
  }
#endfor
}
