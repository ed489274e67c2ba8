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

#import "lib/exp.wgsl"
#import "lib/inside.wgsl"
#import "lib/sixteen.wgsl"
#import "lib/stored.wgsl"

const D4 = HEADS * HD4;
const T4 = (TOKENS + 3) / 4;
const LEAST = -0x1.fffffep+127f;

@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * TOKENS * 3 * D4>;
@group(0) @binding(1) var<storage, read_write> output: array<Stored, VIEWS * TOKENS * D4>;

fn scores(q: u32, head: u32, g: u32) -> vec4f {
#for n in 0..4
  let k${n} = head + D4 + min(4u * g + ${n}u, TOKENS - 1u) * (3 * D4);
#endfor
  var sum = vec4f();
  for (var c = 0u; c < HD4; c++) {
    let a = widen(input[q + c]);
#for n in 0..4
    let b${n} = widen(input[k${n} + c]);
#endfor
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
#for l in 0..4
    pairs(parts[${4 * l}], parts[${4 * l + 1}], parts[${4 * l + 2}], parts[${4 * l + 3}]),
#endfor
  ));

#for n in 0..HD4
  var sum${n} = vec4f();
#endfor
  for (var j = 0u; j < T4; j++) {
    let p = inside(j, exponential(scores(q, head, j) - peak), 0.0) / total;
#for k in 0..4
    let v${k} = head + 2u * D4 + min(4u * j + ${k}u, TOKENS - 1u) * (3 * D4);
#endfor
#for n in 0..HD4
    sum${n} = fma(widen(input[v0 + ${n}u]), vec4f(p.x), sum${n});
    sum${n} = fma(widen(input[v1 + ${n}u]), vec4f(p.y), sum${n});
    sum${n} = fma(widen(input[v2 + ${n}u]), vec4f(p.z), sum${n});
    sum${n} = fma(widen(input[v3 + ${n}u]), vec4f(p.w), sum${n});
#endfor
  }
  let at = (id.z * TOKENS + id.x) * D4 + id.y * HD4;
#for n in 0..HD4
  output[at + ${n}u] = narrow(sum${n});
#endfor
}
