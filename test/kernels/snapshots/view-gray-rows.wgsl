const SIZE = 32u;
const VIEWS = 20u;
// First half of a view's mean gray: the sum over each row.
//
//   rows[b, y] = Σ_x gray(pixels[b, y, x])
//
// Layouts   pixels [b][SIZE·SIZE] (r, g, b, 0);  rows [b][SIZE].
// Order     four interleaved sums, each ascending in x, then (0 + 1) + (2 + 3).
// Work      A thread per row.  Grid  x: ⌈SIZE / 64⌉, y: views.

// Luma as torchvision computes it on tensors.

fn gray(x: vec3f) -> f32 { return 0.2989 * x.r + 0.587 * x.g + 0.114 * x.b; }


@group(0) @binding(0) var<storage, read> pixels: array<vec4f, VIEWS * SIZE * SIZE>;
@group(0) @binding(1) var<storage, read_write> rows: array<f32, VIEWS * SIZE>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= SIZE) { return; }
  let row = id.y * SIZE + id.x;
  var sum0 = 0.0;
  var sum1 = 0.0;
  var sum2 = 0.0;
  var sum3 = 0.0;
  for (var x = 0u; x < SIZE; x += 4u) {
    if (x + 0u < SIZE) { sum0 += gray(pixels[row * SIZE + x + 0u].rgb); }
    if (x + 1u < SIZE) { sum1 += gray(pixels[row * SIZE + x + 1u].rgb); }
    if (x + 2u < SIZE) { sum2 += gray(pixels[row * SIZE + x + 2u].rgb); }
    if (x + 3u < SIZE) { sum3 += gray(pixels[row * SIZE + x + 3u].rgb); }
  }
  rows[row] = (sum0 + sum1) + (sum2 + sum3);
}

