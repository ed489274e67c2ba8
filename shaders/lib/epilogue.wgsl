// What happens to a value before it is stored, each part by its constant:
//   v + bias · BIAS;  v · scale + shift · AFFINE;  max(v, 0) · RELU, or gelu(v) · GELU;  v + residual · RESIDUAL;
//   max(v, 0) · RELU_AFTER_ADD
// ReLU is a selection, not max(): max(NaN, 0) is 0 on some drivers and would hide a NaN.
// `residual` is stored as lib/stored.wgsl says; `channels` holds bias, scale, shift, one after another, CO4 vec4f each.

#import "lib/stored.wgsl"
#if GELU
#import "lib/erf.wgsl"
#endif

fn relu(v: vec4f) -> vec4f { return select(v, vec4f(), v < vec4f()); }

// What a group of four output channels has in `channels`; loaded once where several values of the group are at hand.
struct Column { bias: vec4f, scale: vec4f, shift: vec4f }

fn columnOf(column4: u32) -> Column {
  var column: Column;
#if BIAS
  column.bias = channels[column4];
#endif
#if AFFINE
  column.scale = channels[CO4 + column4];
  column.shift = channels[2u * CO4 + column4];
#endif
  return column;
}

fn finishColumn(sum: vec4f, column: Column, at: u32) -> vec4f {
  var v = sum;
#if BIAS
  v = v + column.bias;
#endif
#if AFFINE
  v = v * column.scale + column.shift;
#endif
#if RELU
  v = relu(v);
#elif GELU
  v = gelu(v);
#endif
#if RESIDUAL
  v = v + widen(residual[at]);
#endif
#if RELU_AFTER_ADD
  v = relu(v);
#endif
  return v;
}

fn finish(sum: vec4f, column4: u32, at: u32) -> vec4f { return finishColumn(sum, columnOf(column4), at); }
