// What happens to a value before it is stored, each part by its constant:
//   v + bias · BIAS;  v · scale + shift · AFFINE;  max(v, 0) · RELU, or gelu(v) · GELU;  v + residual · RESIDUAL;
//   max(v, 0) · RELU_AFTER_ADD
// ReLU is a selection, not max(): max(NaN, 0) is 0 on some drivers and would hide a NaN.
// `channels` holds bias, scale, shift, one after another, CO4 vec4f each.

#if GELU
#import "lib/erf.wgsl"
#endif

fn relu(v: vec4f) -> vec4f { return select(v, vec4f(), v < vec4f()); }

fn finish(sum: vec4f, column4: u32, at: u32) -> vec4f {
  var v = sum;
#if BIAS
  v = v + channels[column4];
#endif
#if AFFINE
  v = v * channels[CO4 + column4] + channels[2u * CO4 + column4];
#endif
#if RELU
  v = relu(v);
#elif GELU
  v = gelu(v);
#endif
#if RESIDUAL
  v = v + residual[at];
#endif
#if RELU_AFTER_ADD
  v = relu(v);
#endif
  return v;
}
