const VIEWS = 20u;
const POSITIONS = 16u;
const FIRST = 0u;
const C4 = 16u;
// Mean over the positions from FIRST on:  out[b, c] = Σ_{p ≥ FIRST} in[b, p, c] / (POSITIONS − FIRST)
//
// Layouts   in [b][POSITIONS][C4] vec4f;  out [b][C4] vec4f.
// Order     p ascending.
// Work      A thread per output vec4f.  Grid  x: ⌈C4 / 64⌉, y: views.

@group(0) @binding(0) var<storage, read> input: array<vec4f, VIEWS * POSITIONS * C4>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4f, VIEWS * C4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= C4) { return; }
  var sum = vec4f();
  for (var p = FIRST; p < POSITIONS; p++) {
    sum += input[(id.y * POSITIONS + p) * C4 + id.x];
  }
  output[id.y * C4 + id.x] = sum / f32(POSITIONS - FIRST);
}

