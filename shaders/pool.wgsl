// Pooling over KERNEL × KERNEL windows with stride and padding.
//
//   MAX:   out[b, oy, ox, c] = max of in[b, oy·STRIDE + ky − PADDING, ox·STRIDE + kx − PADDING, c] over the taps inside
//   else:  the sum of those taps / KERNEL²  (padding counts as 0, as in PyTorch's default)
//
// Layouts   in [b][H][W][C4] Stored;  out [b][OH][OW][C4] Stored.
// Order     ky, kx. A NaN or infinity in the window is passed on.
// Work      A thread per output vec4f.  Grid  x: ⌈OH·OW·C4 / 64⌉, y: views.

#import "lib/bits.wgsl"
#import "lib/stored.wgsl"

@group(0) @binding(0) var<storage, read> input: array<Bits, VIEWS * H * W * C4>;
@group(0) @binding(1) var<storage, read_write> output: array<Stored, VIEWS * OH * OW * C4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= OH * OW * C4) { return; }
  let c = id.x % C4;
  let ox = id.x / C4 % OW;
  let oy = id.x / (C4 * OW);
#if MAX
  var best = vec4f(-0x1.fffffep+127f);
  var lost = vec4<bool>();
#else
  var sum = vec4f();
#endif
  for (var ky = 0u; ky < KERNEL; ky++) {
    for (var kx = 0u; kx < KERNEL; kx++) {
      let y = oy * STRIDE + ky - PADDING;
      let x = ox * STRIDE + kx - PADDING;
      if (y < H && x < W) {
        let bits = input[((id.y * H + y) * W + x) * C4 + c];
        let value = valueOf(bits);
#if MAX
        let bad = nonFinite(bits);
        best = select(best, value, ((value > best) | bad) & !lost);
        lost = lost | bad;
#else
        sum += value;
#endif
      }
    }
  }
#if MAX
  output[id.y * (OH * OW * C4) + id.x] = narrow(best);
#else
  output[id.y * (OH * OW * C4) + id.x] = narrow(sum / f32(KERNEL * KERNEL));
#endif
}
