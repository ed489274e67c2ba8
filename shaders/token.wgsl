// One token of each view:  out[b, c] = in[b, INDEX, c], bit for bit.
//
// Layouts   in [b][TOKENS][C4] as bits;  out [b][C4] as bits.
// Work      A thread per output vector.  Grid  x: ⌈C4 / 64⌉, y: views.

#import "lib/bits.wgsl"

@group(0) @binding(0) var<storage, read> input: array<Bits, VIEWS * TOKENS * C4>;
@group(0) @binding(1) var<storage, read_write> output: array<Bits, VIEWS * C4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= C4) { return; }
  output[id.y * C4 + id.x] = input[(id.y * TOKENS + INDEX) * C4 + id.x];
}
