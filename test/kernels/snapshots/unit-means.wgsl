const VIEWS = 20u;
const POSITIONS = 256u;
const C4 = 16u;
const SLICES = 4u;
const ROWS = 10u;
const FIRST = 0u;
// UnitMem's mean activation (Eq. 5 of the paper):  mu[i, c] = mean of a tap over the views and positions of image i
//
// Layouts   sums [image·ROWS + view][SLICES][C4] vec4f (view-moments.wgsl);  mu [image][C4] vec4f.
// Order     views from FIRST on, then slices.
// Work      A thread per output vec4f.  Grid  x: ⌈C4 / 64⌉, y: images.

@group(0) @binding(0) var<storage, read> sums: array<vec4f, VIEWS * SLICES * C4>;
@group(0) @binding(1) var<storage, read_write> mu: array<vec4f, VIEWS / ROWS * C4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= C4) { return; }
  var sum = vec4f();
  for (var at = (id.y * ROWS + FIRST) * SLICES; at < (id.y + 1u) * ROWS * SLICES; at++) {
    sum += sums[at * C4 + id.x];
  }
  mu[id.y * C4 + id.x] = sum / f32((ROWS - FIRST) * POSITIONS);
}

