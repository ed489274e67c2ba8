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
#for i in 0..4
  var sum${i} = 0.0;
#endfor
  for (var y = 0u; y < SIZE; y += 4u) {
#for i in 0..4
    if (y + ${i}u < SIZE) { sum${i} += rows[id.x * SIZE + y + ${i}u]; }
#endfor
  }
  means[id.x] = ((sum0 + sum1) + (sum2 + sum3)) / f32(SIZE * SIZE);
}
