const SIZE = 32u;
const VIEWS = 20u;
// Second half of a view's mean gray: the mean over its rows' sums.
//
//   means[b] = Σ_y rows[b, y] / SIZE²
//
// Layouts   rows [b][SIZE];  means [b].
// Order     four interleaved sums, each ascending in y, then (0 + 1) + (2 + 3).
// Work      A thread per view.  Grid  x: ⌈views / 16⌉.

@group(0) @binding(0) var<storage, read> rows: array<f32, VIEWS * SIZE>;
@group(0) @binding(1) var<storage, read_write> means: array<f32, VIEWS>;

@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= VIEWS) { return; }
  var sum0 = 0.0;
  var sum1 = 0.0;
  var sum2 = 0.0;
  var sum3 = 0.0;
  for (var y = 0u; y < SIZE; y += 4u) {
    if (y + 0u < SIZE) { sum0 += rows[id.x * SIZE + y + 0u]; }
    if (y + 1u < SIZE) { sum1 += rows[id.x * SIZE + y + 1u]; }
    if (y + 2u < SIZE) { sum2 += rows[id.x * SIZE + y + 2u]; }
    if (y + 3u < SIZE) { sum3 += rows[id.x * SIZE + y + 3u]; }
  }
  means[id.x] = ((sum0 + sum1) + (sum2 + sum3)) / f32(SIZE * SIZE);
}

