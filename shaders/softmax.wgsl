// Softmax over the channels of each row; no workgroup memory, no barrier.
//
//   out[b, r, c] = exp(in[b, r, c] − max) / Σ_c exp(in[b, r, c] − max),  max over the channels of row r
//
// A NaN is passed over by max on some drivers, but it is a term of the sum: its whole row becomes NaN. So does a row that
// holds +∞. Exponentials are computed twice, as storing them between costs as much as computing them.
//
// Layouts   in, out [b][ROWS][C4] Stored.
// Order     lib/sixteen.wgsl.
// Work      A thread per row.  Grid  x: ⌈ROWS / 64⌉, y: views.

#import "lib/exp.wgsl"
#import "lib/inside.wgsl"
#import "lib/sixteen.wgsl"
#import "lib/stored.wgsl"

@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * ROWS * C4>;
@group(0) @binding(1) var<storage, read_write> output: array<Stored, VIEWS * ROWS * C4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= ROWS) { return; }
  let row = (id.y * ROWS + id.x) * C4;
  let first = widen(input[row]).x;
  var most = vec4f(first);
  for (var g = 0u; g < C4; g++) {
    most = max(most, inside(g, widen(input[row + g]), first));
  }
  let peak = max(max(most.x, most.y), max(most.z, most.w));
#for l in 0..16
  var sum${l} = vec4f();
#endfor
  for (var g = 0u; g < CHANNELS / 64u * 16u; g += 16u) {
#for l in 0..16
    sum${l} += exponential(widen(input[row + g + ${l}u]) - peak);
#endfor
  }
#for l in 0..C4 - CHANNELS / 64 * 16
  sum${l} += inside(${CHANNELS / 64 * 16 + l}u, exponential(widen(input[row + ${CHANNELS / 64 * 16 + l}u]) - peak), 0.0);
#endfor
  let sum = across(pairs(
#for l in 0..4
    pairs(sum${4 * l}, sum${4 * l + 1}, sum${4 * l + 2}, sum${4 * l + 3}),
#endfor
  ));
  for (var g = 0u; g < C4; g++) {
    output[row + g] = narrow(inside(g, exponential(widen(input[row + g]) - peak) / sum, 0.0));
  }
}
