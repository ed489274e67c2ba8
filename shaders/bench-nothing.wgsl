// Next to nothing, for the cost of a dispatch and of a workgroup:  output[thread] = thread, written by the last workgroup
//
// Layouts   output [64] u32.
// Work      A thread compares.  Grid  x: LAST + 1.

@group(0) @binding(0) var<storage, read_write> output: array<u32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  if (group.x == LAST) { output[thread] = thread; }
}
