const SIZE = 32u;
const VIEWS = 20u;
const RADIUS = 1u;
const VERTICAL = false;
// One direction of a Gaussian blur with reflected borders (… 2 1 | 0 1 2 …); horizontal, then VERTICAL.
//
//   out[b, p] = w₀ in[b, p] + Σ_k w_k (in[b, p − k] + in[b, p + k]),  k = 1 … RADIUS, along the row or column of p
//
// A view that is not blurred has w = (1, 0, …) and is copied. RADIUS < SIZE.
//
// Layouts   weights [b][RADIUS + 1];  in and out [b][SIZE·SIZE] (r, g, b, 0).
// Order     k ascending.
// Work      A thread per pixel of a view.  Grid  x: ⌈SIZE² / 64⌉, y: views.

@group(0) @binding(0) var<storage, read> weights: array<f32, VIEWS * (RADIUS + 1u)>;
@group(0) @binding(1) var<storage, read> input: array<vec4f, VIEWS * SIZE * SIZE>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4f, VIEWS * SIZE * SIZE>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= SIZE * SIZE) { return; }
  let view = id.y * (SIZE * SIZE);
  let first = id.y * (RADIUS + 1u);
  let line = view + id.x / SIZE * SIZE;
  let stride = 1u;
  let at = i32(id.x % SIZE);
  let last = i32(SIZE) - 1;
  let centre = weights[first];
  var sum = input[view + id.x];
  if (centre != 1.0) {
    sum *= centre;
    for (var k = 1; k <= i32(RADIUS); k++) {
      let before = abs(at - k);
      let after = last - abs(last - at - k);
      sum += weights[first + u32(k)] * (input[line + u32(before) * stride] + input[line + u32(after) * stride]);
    }
  }
  output[view + id.x] = sum;
}

