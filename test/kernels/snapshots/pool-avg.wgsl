const VIEWS = 20u;
const H = 8u;
const W = 8u;
const C4 = 16u;
const OH = 4u;
const OW = 4u;
const KERNEL = 2u;
const STRIDE = 2u;
const PADDING = 0u;
const MAX = false;
// Pooling over KERNEL × KERNEL windows with stride and padding.
//
//   MAX:   out[b, oy, ox, c] = max of in[b, oy·STRIDE + ky − PADDING, ox·STRIDE + kx − PADDING, c] over the taps inside
//   else:  the sum of those taps / KERNEL²  (padding counts as 0, as in PyTorch's default)
//
// Layouts   in [b][H][W][C4] Stored;  out [b][OH][OW][C4] Stored.
// Order     ky, kx. A NaN or infinity in the window is passed on.
// Work      A thread per output vec4f.  Grid  x: ⌈OH·OW·C4 / 64⌉, y: views.

// NaN and infinity by their bits: comparisons such as x != x may be folded away, bits may not. Test bits as loaded from
// storage (lib/stored.wgsl), never those of a computed expression.

alias Bits = vec4u;

fn nonFinite(bits: Bits) -> vec4<bool> { return (bits & vec4u(0x7f800000u)) == vec4u(0x7f800000u); }

fn valueOf(bits: Bits) -> vec4f { return bitcast<vec4f>(bits); }

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


@group(0) @binding(0) var<storage, read> input: array<Bits, VIEWS * H * W * C4>;
@group(0) @binding(1) var<storage, read_write> output: array<Stored, VIEWS * OH * OW * C4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= OH * OW * C4) { return; }
  let c = id.x % C4;
  let ox = id.x / C4 % OW;
  let oy = id.x / (C4 * OW);
  var sum = vec4f();
  for (var ky = 0u; ky < KERNEL; ky++) {
    for (var kx = 0u; kx < KERNEL; kx++) {
      let y = oy * STRIDE + ky - PADDING;
      let x = ox * STRIDE + kx - PADDING;
      if (y < H && x < W) {
        let bits = input[((id.y * H + y) * W + x) * C4 + c];
        let value = valueOf(bits);
        sum += value;
      }
    }
  }
  output[id.y * (OH * OW * C4) + id.x] = narrow(sum / f32(KERNEL * KERNEL));
}

