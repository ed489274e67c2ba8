// The benchmark's roof of workgroup memory:  output[thread] = Σ_turn Σ_s shared[64 s + (thread + turn) mod 64]
//
// Neighbours read neighbouring vec4f, so no bank is asked twice. The place moves from turn to turn, or a compiler would
// read once.
//
// Layouts   input [256] vec4f, read into workgroup memory once;  output [workgroup][64] vec4f.
// Order     turns, then s.
// Work      A thread reads LOOPS · 4 vec4f, four at a time.  Grid  x: workgroups.

@group(0) @binding(0) var<storage, read> input: array<vec4f, 256>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4f, GROUPS * 64u>;

var<workgroup> shared_values: array<vec4f, 256>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
#for s in 0..4
  shared_values[thread + ${64 * s}u] = input[thread + ${64 * s}u];
#endfor
  workgroupBarrier();
  var sum = vec4f();
  for (var turn = 0u; turn < LOOPS; turn++) {
    let at = (thread + turn) % 64u;
#for s in 0..4
    sum += shared_values[at + ${64 * s}u];
#endfor
  }
  output[group.x * 64u + thread] = sum;
}
