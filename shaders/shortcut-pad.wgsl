// The shortcut of a CIFAR ResNet without parameters (option A): every STRIDE-th position, among new channels of zeros.
//
//   out[b, oy, ox, o] = in[b, oy·STRIDE, ox·STRIDE, o − BEFORE] for 0 ≤ o − BEFORE < CHANNELS, else 0; bit for bit
//
// Layouts   in [b][H][W][4·C4], each of f32 or with `half` of 16 bits;  out [b][OH][OW][CO4] as bits.
// Work      A thread per output vector.  Grid  x: ⌈OH·OW·CO4 / 64⌉, y: views.

#import "lib/bits.wgsl"

#if half
@group(0) @binding(0) var<storage, read> input: array<u32, VIEWS * H * W * 2 * C4>;
#else
@group(0) @binding(0) var<storage, read> input: array<u32, VIEWS * H * W * 4 * C4>;
#endif
@group(0) @binding(1) var<storage, read_write> output: array<Bits, VIEWS * OH * OW * CO4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= OH * OW * CO4) { return; }
  let o = id.x % CO4 * 4u - BEFORE; // wraps to a large number before the first channel
  let ox = id.x / CO4 % OW;
  let oy = id.x / (CO4 * OW);
  let pixel = ((id.y * H + oy * STRIDE) * W + ox * STRIDE) * (4u * C4);
#for n in 0..4
  let inside${n} = o + ${n}u < CHANNELS;
#if half
  let at${n} = select(0u, pixel + o + ${n}u, inside${n});
  let v${n} = select(0u, (input[at${n} / 2u] >> (at${n} % 2u * 16u)) & 0xffffu, inside${n});
#else
  let v${n} = select(0u, input[select(0u, pixel + o + ${n}u, inside${n})], inside${n});
#endif
#endfor
#if half
  output[id.y * (OH * OW * CO4) + id.x] = vec2u(v0 | (v1 << 16u), v2 | (v3 << 16u));
#else
  output[id.y * (OH * OW * CO4) + id.x] = vec4u(v0, v1, v2, v3);
#endif
}
