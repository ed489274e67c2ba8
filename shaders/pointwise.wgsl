// An epilogue alone, on a stored tensor:  out[b, p, c] = epilogue(in[b, p, c])
//
// Layouts   in, residual, out [b][POSITIONS][CO4] Stored.
// Work      A thread per vec4f.  Grid  x: ⌈POSITIONS·CO4 / 64⌉, y: views.

#import "lib/stored.wgsl"

@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * POSITIONS * CO4>;
@group(0) @binding(1) var<storage, read> channels: array<vec4f, 3 * CO4>;
@group(0) @binding(2) var<storage, read_write> output: array<Stored, VIEWS * POSITIONS * CO4>;
#if RESIDUAL
@group(0) @binding(3) var<storage, read> residual: array<Stored, VIEWS * POSITIONS * CO4>;
#endif

#import "lib/epilogue.wgsl"

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= POSITIONS * CO4) { return; }
  let at = id.y * (POSITIONS * CO4) + id.x;
  output[at] = narrow(finish(widen(input[at]), id.x % CO4, at));
}
