const VIEWS = 20u;
const H = 8u;
const W = 8u;
const C4 = 16u;
const OH = 4u;
const OW = 4u;
const KERNEL = 2u;
const STRIDE = 2u;
const PADDING = 0u;
const MAX = true;
// Pooling over KERNEL × KERNEL windows with stride and padding.
//
//   MAX:   out[b, oy, ox, c] = max of in[b, oy·STRIDE + ky − PADDING, ox·STRIDE + kx − PADDING, c] over the taps inside
//   else:  the sum of those taps / KERNEL²  (padding counts as 0, as in PyTorch's default)
//
// Layouts   in [b][H][W][C4] vec4f;  out [b][OH][OW][C4] vec4f.
// Order     ky, kx. A NaN or infinity in the window is passed on.
// Work      A thread per output vec4f.  Grid  x: ⌈OH·OW·C4 / 64⌉, y: views.

// NaN and infinity by their bits: comparisons such as x != x may be folded away, bits may not. Test bits as loaded from
// storage, never those of a computed expression.

fn nonFinite(bits: vec4u) -> vec4<bool> { return (bits & vec4u(0x7f800000u)) == vec4u(0x7f800000u); }


@group(0) @binding(0) var<storage, read> input: array<vec4u, VIEWS * H * W * C4>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4f, VIEWS * OH * OW * C4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= OH * OW * C4) { return; }
  let c = id.x % C4;
  let ox = id.x / C4 % OW;
  let oy = id.x / (C4 * OW);
  var best = vec4f(-0x1.fffffep+127f);
  var lost = vec4<bool>();
  for (var ky = 0u; ky < KERNEL; ky++) {
    for (var kx = 0u; kx < KERNEL; kx++) {
      let y = oy * STRIDE + ky - PADDING;
      let x = ox * STRIDE + kx - PADDING;
      if (y < H && x < W) {
        let bits = input[((id.y * H + y) * W + x) * C4 + c];
        let value = bitcast<vec4f>(bits);
        let bad = nonFinite(bits);
        best = select(best, value, ((value > best) | bad) & !lost);
        lost = lost | bad;
      }
    }
  }
  output[id.y * (OH * OW * C4) + id.x] = best;
}

