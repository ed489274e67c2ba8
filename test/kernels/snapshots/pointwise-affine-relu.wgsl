const VIEWS = 20u;
const POSITIONS = 64u;
const CO4 = 16u;
const BIAS = false;
const AFFINE = true;
const RELU = true;
const GELU = false;
const RESIDUAL = false;
const RELU_AFTER_ADD = false;
// An epilogue alone, on a stored tensor:  out[b, p, c] = epilogue(in[b, p, c])
//
// Layouts   in, residual, out [b][POSITIONS][CO4] Stored.
// Work      A thread per vec4f.  Grid  x: ⌈POSITIONS·CO4 / 64⌉, y: views.

// How four channels of an activation or of packed weights lie in memory: vec4f, or with `half` four halves (IEEE 754
// binary16), two in a word, the first in the low bits. Arithmetic is f32 in either case: loads widen, exactly, and stores
// narrow, once, to the nearest half, ties to even.
//
// narrow() is written out, as pack2x16float leaves rounding and what is beyond 65504 to the driver: from 65520 on it gives
// infinity, which is found wherever a tap is read; multiples of 2⁻²⁴ below 2⁻¹⁴ are kept. A sum of such a value and 0.5
// ends where the half's last bit is, so the addition rounds it. The test for overflow holds for NaN as well.

alias Stored = vec4f;

fn widen(stored: Stored) -> vec4f { return stored; }

fn narrow(v: vec4f) -> Stored { return v; }


@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * POSITIONS * CO4>;
@group(0) @binding(1) var<storage, read> channels: array<vec4f, 3 * CO4>;
@group(0) @binding(2) var<storage, read_write> output: array<Stored, VIEWS * POSITIONS * CO4>;

// What happens to a value before it is stored, each part by its constant:
//   v + bias · BIAS;  v · scale + shift · AFFINE;  max(v, 0) · RELU, or gelu(v) · GELU;  v + residual · RESIDUAL;
//   max(v, 0) · RELU_AFTER_ADD
// ReLU is a selection, not max(): max(NaN, 0) is 0 on some drivers and would hide a NaN.
// `residual` is stored as lib/stored.wgsl says; `channels` holds bias, scale, shift, one after another, CO4 vec4f each.


fn relu(v: vec4f) -> vec4f { return select(v, vec4f(), v < vec4f()); }

// What a group of four output channels has in `channels`; loaded once where several values of the group are at hand.
struct Column { bias: vec4f, scale: vec4f, shift: vec4f }

fn columnOf(column4: u32) -> Column {
  var column: Column;
  column.scale = channels[CO4 + column4];
  column.shift = channels[2u * CO4 + column4];
  return column;
}

fn finishColumn(sum: vec4f, column: Column, at: u32) -> vec4f {
  var v = sum;
  v = v * column.scale + column.shift;
  v = relu(v);
  return v;
}

fn finish(sum: vec4f, column4: u32, at: u32) -> vec4f { return finishColumn(sum, columnOf(column4), at); }


@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= POSITIONS * CO4) { return; }
  let at = id.y * (POSITIONS * CO4) + id.x;
  output[at] = narrow(finish(widen(input[at]), id.x % CO4, at));
}

