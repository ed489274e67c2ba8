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

#import "lib/exp.wgsl"
#import "lib/inside.wgsl"
#import "lib/sixteen.wgsl"
#import "lib/stored.wgsl"

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
#for m in 0..4
  let q${m} = head + min(query0 + ${m}u, TOKENS - 1u) * (3 * D4);
#endfor
  for (var g = thread; g < T4; g += 64u) {
#for m in 0..4
    let k${m} = head + D4 + min(4u * g + ${m}u, TOKENS - 1u) * (3 * D4);
    var score${m} = vec4f();
#endfor
    for (var c = 0u; c < HD4; c++) {
#for n in 0..4
      let b${n} = widen(input[k${n} + c]);
#endfor
#for m in 0..4
      let a${m} = widen(input[q${m} + c]);
      score${m} = fma(vec4f(a${m}.x), vec4f(b0.x, b1.x, b2.x, b3.x), score${m});
      score${m} = fma(vec4f(a${m}.y), vec4f(b0.y, b1.y, b2.y, b3.y), score${m});
      score${m} = fma(vec4f(a${m}.z), vec4f(b0.z, b1.z, b2.z, b3.z), score${m});
      score${m} = fma(vec4f(a${m}.w), vec4f(b0.w, b1.w, b2.w, b3.w), score${m});
#endfor
    }
#for m in 0..4
    rows[${m}u * T4 + g] = score${m} * SCALE;
#endfor
  }
  workgroupBarrier();

  let team = thread / 16u * 16u;
  let row = thread / 16u * T4;
  var most = vec4f(LEAST);
  for (var g = thread % 16u; g < T4; g += 16u) { most = max(most, inside(g, rows[row + g], LEAST)); }
  peaks[thread] = most;
  workgroupBarrier();
#for l in 0..16
  most = max(most, peaks[team + ${l}u]);
#endfor
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
#for l in 0..4
    pairs(sums[team + ${4 * l}u], sums[team + ${4 * l + 1}u], sums[team + ${4 * l + 2}u], sums[team + ${4 * l + 3}u]),
#endfor
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
#for k in 0..4
      let v${k} = widen(input[v + min(4u * j + ${k}u, TOKENS - 1u) * (3 * D4)]);
#endfor
      sum = fma(v3, vec4f(p.w), fma(v2, vec4f(p.z), fma(v1, vec4f(p.y), fma(v0, vec4f(p.x), sum))));
    }
    output[(tile.z * TOKENS + query0 + query) * D4 + tile.y * HD4 + i % HD4] = narrow(sum);
  }
}
