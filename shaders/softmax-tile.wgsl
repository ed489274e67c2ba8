// Softmax over the channels of each row; family for GPUs (workgroup memory).
//
//   out[b, r, c] = exp(in[b, r, c] − max) / Σ_c exp(in[b, r, c] − max),  max over the channels of row r
//
// NaN and infinity as in softmax.wgsl.
//
// Layouts   in, out [b][ROWS][C4] Stored.
// Order     lib/sixteen.wgsl.
// Work      16 threads per row, each with every sixteenth group of channels; 4 rows in a workgroup.
// Grid      x: ⌈ROWS / 4⌉, y: views.

#import "lib/exp.wgsl"
#import "lib/inside.wgsl"
#import "lib/sixteen.wgsl"
#import "lib/stored.wgsl"

@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * ROWS * C4>;
@group(0) @binding(1) var<storage, read_write> output: array<Stored, VIEWS * ROWS * C4>;

var<workgroup> peaks: array<vec4f, 64>;
var<workgroup> sums: array<vec4f, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) thread: u32) {
  let r = tile.x * 4u + thread / 16u;
  let row = (tile.y * ROWS + min(r, ROWS - 1u)) * C4;
  let team = thread / 16u * 16u;
  let first = widen(input[row]).x;
  var most = vec4f(first);
  for (var g = thread % 16u; g < C4; g += 16u) {
    most = max(most, inside(g, widen(input[row + g]), first));
  }
  peaks[thread] = most;
  workgroupBarrier();
  for (var l = 0u; l < 16u; l++) {
    most = max(most, peaks[team + l]);
  }
  let peak = max(max(most.x, most.y), max(most.z, most.w));
  var sum4 = vec4f();
  for (var g = thread % 16u; g < C4; g += 16u) {
    sum4 += inside(g, exponential(widen(input[row + g]) - peak), 0.0);
  }
  sums[thread] = sum4;
  workgroupBarrier();
  let sum = across(pairs(
#for l in 0..4
    pairs(sums[team + ${4 * l}u], sums[team + ${4 * l + 1}u], sums[team + ${4 * l + 2}u], sums[team + ${4 * l + 3}u]),
#endfor
  ));
  if (r >= ROWS) { return; }
  for (var g = thread % 16u; g < C4; g += 16u) {
    output[row + g] = narrow(inside(g, exponential(widen(input[row + g]) - peak) / sum, 0.0));
  }
}
