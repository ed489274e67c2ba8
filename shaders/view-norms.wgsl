// Squared ℓ2 norm of each view's features, and how many of its partial sums met a value that is not finite.
//
//   norms[b] = (Σ_s Σ_c squares[b, s, c].x, Σ_s Σ_c squares[b, s, c].y)
//
// Layouts   squares [b][PARTS] vec2f (view-moments.wgsl);  norms [b] vec2f.
// Order     four interleaved sums, each ascending, then (0 + 1) + (2 + 3).
// Work      A thread per view.  Grid  x: ⌈views / 16⌉.

struct Count { views: u32 }

@group(0) @binding(0) var<storage, read> squares: array<vec2f, VIEWS * PARTS>;
@group(0) @binding(1) var<storage, read_write> norms: array<vec2f, VIEWS>;
@group(0) @binding(2) var<uniform> count: Count;

@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= count.views) { return; }
#for i in 0..4
  var part${i} = vec2f();
#endfor
  for (var p = 0u; p < PARTS; p += 4u) {
#for i in 0..4
    if (p + ${i}u < PARTS) { part${i} += squares[id.x * PARTS + p + ${i}u]; }
#endfor
  }
  norms[id.x] = (part0 + part1) + (part2 + part3);
}
