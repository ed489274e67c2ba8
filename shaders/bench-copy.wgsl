// The benchmark's roof of memory:  output[i] = input[i]
//
// Layouts   input, output [LENGTH4] vec4f, a multiple of 256.
// Work      A thread copies 4 vec4f, 64 apart.  Grid  x: LENGTH4 / 256.

@group(0) @binding(0) var<storage, read> input: array<vec4f, LENGTH4>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4f, LENGTH4>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let at = group.x * 256u + thread;
#for i in 0..4
  let v${i} = input[at + ${64 * i}u];
#endfor
#for i in 0..4
  output[at + ${64 * i}u] = v${i};
#endfor
}
