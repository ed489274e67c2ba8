// Layer normalisation over the channels of each position; no workgroup memory, no barrier.
//
//   out[b, p, c] = (in[b, p, c] − mean) / √(variance + EPS) · weight[c] + bias[c]
//   mean = Σ_c in / CHANNELS;  variance = Σ_c (in − mean)² / CHANNELS, in a reading of its own, so that nothing cancels
//
// Layouts   in, out [b][POSITIONS][C4] Stored;  channels: weight, bias, C4 vec4f each.
// Order     lib/sixteen.wgsl.
// Work      A thread per position.  Grid  x: ⌈POSITIONS / 64⌉, y: views.

#import "lib/sixteen.wgsl"
#import "lib/inside.wgsl"
#import "lib/stored.wgsl"

@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * POSITIONS * C4>;
@group(0) @binding(1) var<storage, read> channels: array<vec4f, 2 * C4>;
@group(0) @binding(2) var<storage, read_write> output: array<Stored, VIEWS * POSITIONS * C4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= POSITIONS) { return; }
  let row = (id.y * POSITIONS + id.x) * C4;
#for l in 0..16
  var sum${l} = vec4f();
#endfor
  for (var g = 0u; g < CHANNELS / 64u * 16u; g += 16u) {
#for l in 0..16
    sum${l} += widen(input[row + g + ${l}u]);
#endfor
  }
#for l in 0..C4 - CHANNELS / 64 * 16
  sum${l} += widen(input[row + ${CHANNELS / 64 * 16 + l}u]);
#endfor
  let mean = across(pairs(
#for l in 0..4
    pairs(sum${4 * l}, sum${4 * l + 1}, sum${4 * l + 2}, sum${4 * l + 3}),
#endfor
  )) / f32(CHANNELS);
#for l in 0..16
  var square${l} = vec4f();
#endfor
  for (var g = 0u; g < CHANNELS / 64u * 16u; g += 16u) {
#for l in 0..16
    {
      let d = widen(input[row + g + ${l}u]) - mean;
      square${l} = fma(d, d, square${l});
    }
#endfor
  }
#for l in 0..C4 - CHANNELS / 64 * 16
  {
    let d = inside(${CHANNELS / 64 * 16 + l}u, widen(input[row + ${CHANNELS / 64 * 16 + l}u]) - mean, 0.0);
    square${l} = fma(d, d, square${l});
  }
#endfor
  let variance = across(pairs(
#for l in 0..4
    pairs(square${4 * l}, square${4 * l + 1}, square${4 * l + 2}, square${4 * l + 3}),
#endfor
  )) / f32(CHANNELS);
  let scale = 1.0 / sqrt(variance + f32(EPS));
  for (var g = 0u; g < C4; g++) {
    output[row + g] = narrow(inside(g, fma((widen(input[row + g]) - mean) * scale, channels[g], channels[C4 + g]), 0.0));
  }
}
