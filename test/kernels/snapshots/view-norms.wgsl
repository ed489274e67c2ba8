const VIEWS = 20u;
const PARTS = 64u;
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
  var part0 = vec2f();
  var part1 = vec2f();
  var part2 = vec2f();
  var part3 = vec2f();
  for (var p = 0u; p < PARTS; p += 4u) {
    if (p + 0u < PARTS) { part0 += squares[id.x * PARTS + p + 0u]; }
    if (p + 1u < PARTS) { part1 += squares[id.x * PARTS + p + 1u]; }
    if (p + 2u < PARTS) { part2 += squares[id.x * PARTS + p + 2u]; }
    if (p + 3u < PARTS) { part3 += squares[id.x * PARTS + p + 3u]; }
  }
  norms[id.x] = (part0 + part1) + (part2 + part3);
}

