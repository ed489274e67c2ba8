const IMAGES = 2u;
const SLICES = 8u;
const PAIRS = 3u;
// Adds the slices of pair-distances.wgsl:  sums[i, p] = Σ_s parts[i, s, p]
//
// Layouts   parts [image][SLICES][PAIRS] f32;  sums [image][PAIRS] f32.
// Order     s ascending.
// Work      A thread per output.  Grid  x: ⌈PAIRS / 16⌉, y: images.

@group(0) @binding(0) var<storage, read> parts: array<f32, IMAGES * SLICES * PAIRS>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32, IMAGES * PAIRS>;

@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= PAIRS) { return; }
  var sum = 0.0;
  for (var s = 0u; s < SLICES; s++) {
    sum += parts[(id.y * SLICES + s) * PAIRS + id.x];
  }
  sums[id.y * PAIRS + id.x] = sum;
}

