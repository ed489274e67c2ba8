// First half of a view's mean gray: the sum over each row.
//
//   rows[b, y] = Σ_x gray(pixels[b, y, x])
//
// Layouts   pixels [b][SIZE·SIZE] (r, g, b, 0);  rows [b][SIZE].
// Order     four interleaved sums, each ascending in x, then (0 + 1) + (2 + 3).
// Work      A thread per row.  Grid  x: ⌈SIZE / 64⌉, y: views.

#import "lib/gray.wgsl"

@group(0) @binding(0) var<storage, read> pixels: array<vec4f, VIEWS * SIZE * SIZE>;
@group(0) @binding(1) var<storage, read_write> rows: array<f32, VIEWS * SIZE>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= SIZE) { return; }
  let row = id.y * SIZE + id.x;
#for i in 0..4
  var sum${i} = 0.0;
#endfor
  for (var x = 0u; x < SIZE; x += 4u) {
#for i in 0..4
    if (x + ${i}u < SIZE) { sum${i} += gray(pixels[row * SIZE + x + ${i}u].rgb); }
#endfor
  }
  rows[row] = (sum0 + sum1) + (sum2 + sum3);
}
