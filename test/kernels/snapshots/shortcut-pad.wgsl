const VIEWS = 20u;
const H = 32u;
const W = 32u;
const CHANNELS = 16u;
const C4 = 4u;
const OH = 16u;
const OW = 16u;
const CO4 = 8u;
const STRIDE = 2u;
const BEFORE = 8u;
// The shortcut of a CIFAR ResNet without parameters (option A): every STRIDE-th position, among new channels of zeros.
//
//   out[b, oy, ox, o] = in[b, oy·STRIDE, ox·STRIDE, o − BEFORE] for 0 ≤ o − BEFORE < CHANNELS, else 0; bit for bit
//
// Layouts   in [b][H][W][4·C4], each of f32 or with `half` of 16 bits;  out [b][OH][OW][CO4] as bits.
// Work      A thread per output vector.  Grid  x: ⌈OH·OW·CO4 / 64⌉, y: views.

// NaN and infinity by their bits: comparisons such as x != x may be folded away, bits may not. Test bits as loaded from
// storage (lib/stored.wgsl), never those of a computed expression.

alias Bits = vec4u;

fn nonFinite(bits: Bits) -> vec4<bool> { return (bits & vec4u(0x7f800000u)) == vec4u(0x7f800000u); }

fn valueOf(bits: Bits) -> vec4f { return bitcast<vec4f>(bits); }


@group(0) @binding(0) var<storage, read> input: array<u32, VIEWS * H * W * 4 * C4>;
@group(0) @binding(1) var<storage, read_write> output: array<Bits, VIEWS * OH * OW * CO4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= OH * OW * CO4) { return; }
  let o = id.x % CO4 * 4u - BEFORE; // wraps to a large number before the first channel
  let ox = id.x / CO4 % OW;
  let oy = id.x / (CO4 * OW);
  let pixel = ((id.y * H + oy * STRIDE) * W + ox * STRIDE) * (4u * C4);
  let inside0 = o + 0u < CHANNELS;
  let v0 = select(0u, input[select(0u, pixel + o + 0u, inside0)], inside0);
  let inside1 = o + 1u < CHANNELS;
  let v1 = select(0u, input[select(0u, pixel + o + 1u, inside1)], inside1);
  let inside2 = o + 2u < CHANNELS;
  let v2 = select(0u, input[select(0u, pixel + o + 2u, inside2)], inside2);
  let inside3 = o + 3u < CHANNELS;
  let v3 = select(0u, input[select(0u, pixel + o + 3u, inside3)], inside3);
  output[id.y * (OH * OW * CO4) + id.x] = vec4u(v0, v1, v2, v3);
}

