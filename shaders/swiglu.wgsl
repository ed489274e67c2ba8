// The gate of a SwiGLU block:  out[b, p, c] = silu(in[b, p, c]) · in[b, p, CHANNELS + c],  silu(x) = x / (1 + exp(−x))
//
// With e = exp(−|x|), silu(x) = x / (1 + e) for x ≥ 0 and x·e / (1 + e) below: nothing overflows. −∞ becomes NaN.
//
// Layouts   in [b][POSITIONS][2·C4] Stored;  out [b][POSITIONS][C4] Stored.
// Work      A thread per output vec4f.  Grid  x: ⌈POSITIONS·C4 / 64⌉, y: views.

#import "lib/exp.wgsl"
#import "lib/stored.wgsl"

@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * POSITIONS * 2 * C4>;
@group(0) @binding(1) var<storage, read_write> output: array<Stored, VIEWS * POSITIONS * C4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= POSITIONS * C4) { return; }
  let a = (id.y * POSITIONS + id.x / C4) * (2u * C4) + id.x % C4;
  let x = widen(input[a]);
  let e = exponential(-abs(x));
  let silu = x * select(e, vec4f(1.0), x >= vec4f()) / (1.0 + e);
  output[id.y * (POSITIONS * C4) + id.x] = narrow(silu * widen(input[a + C4]));
}
