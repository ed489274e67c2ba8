// The benchmark's roof of arithmetic:  12 independent sums a = a·x + y per thread, LOOPS · STEPS times
//
// As many sums as a register file of 16 holds beside x and y: fewer wait for each other, more are spilled. Unrolled, as
// every value that lives around a loop costs a CPU driver several operations a turn.
//
// Layouts   factors (x, y);  output [thread] f32: the sum of the 12, so that none is left out.
// Work      24 · STEPS · LOOPS operations a thread.  Grid  x: workgroups.

@group(0) @binding(0) var<storage, read> factors: array<f32, 2>;
@group(0) @binding(1) var<storage, read_write> output: array<f32, THREADS>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let x = factors[0];
  let y = factors[1];
#for i in 0..12
  var a${i} = f32(id.x % 16u + ${i}u);
#endfor
  for (var turn = 0u; turn < LOOPS; turn++) {
#for s in 0..STEPS
#for i in 0..12
    a${i} = fma(a${i}, x, y);
#endfor
#endfor
  }
  output[id.x] = a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11;
}
