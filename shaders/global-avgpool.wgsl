// Mean over the positions from FIRST on:  out[b, c] = Σ_{p ≥ FIRST} in[b, p, c] / (POSITIONS − FIRST)
//
// Layouts   in [b][POSITIONS][C4] Stored;  out [b][C4] Stored.
// Order     p ascending.
// Work      A thread per output vec4f.  Grid  x: ⌈C4 / 64⌉, y: views.

#import "lib/stored.wgsl"

@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * POSITIONS * C4>;
@group(0) @binding(1) var<storage, read_write> output: array<Stored, VIEWS * C4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= C4) { return; }
  var sum = vec4f();
  for (var p = FIRST; p < POSITIONS; p++) {
    sum += widen(input[(id.y * POSITIONS + p) * C4 + id.x]);
  }
  output[id.y * C4 + id.x] = narrow(sum / f32(POSITIONS - FIRST));
}
