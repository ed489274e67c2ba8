// Grouped convolution: output channel o reads the IN channels of its group o / OUT alone; portable family.
//
//   out[b, oy, ox, o] = epilogue( Σ_ky Σ_kx Σ_c  in[b, oy·STRIDE + ky − PADDING, ox·STRIDE + kx − PADDING, o / OUT · IN + c] · w[o, ky, kx, c] )
//
// Layouts   in [b][H][W][C4] Stored;  out, residual [b][OH][OW][CO4] Stored;
//           ALIGNED: w [o][ky][kx][IN / 4] Stored;  else w [o][ky][kx][IN], and in is read channel by channel.
// Order     ky, kx, c, one product after another, as in conv-*.wgsl. A tap outside the picture adds ±0 or is left out, which
//           changes no bit.
// Work      ALIGNED (IN and OUT are multiples of 4): a thread owns 4 consecutive outputs (b, oy, ox) × 4 channels of one
//           group. Else a thread owns one output × 4 channels, each of its own group.
// Grid      x · z: ⌈views·OH·OW / (64·ROWS)⌉, y: CO4.

struct Count { views: u32 }

#if ALIGNED
@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * H * W * C4>;
@group(0) @binding(1) var<storage, read> weights: array<Stored, CO4 * 4 * KERNEL * KERNEL * (IN / 4)>;
#elif half
@group(0) @binding(0) var<storage, read> input: array<u32, VIEWS * H * W * C4 * 2>;
@group(0) @binding(1) var<storage, read> weights: array<u32, CO4 * 2 * KERNEL * KERNEL * IN>;
#else
@group(0) @binding(0) var<storage, read> input: array<f32, VIEWS * H * W * C4 * 4>;
@group(0) @binding(1) var<storage, read> weights: array<f32, CO4 * 4 * KERNEL * KERNEL * IN>;
#endif
@group(0) @binding(2) var<storage, read> channels: array<vec4f, 3 * CO4>;
@group(0) @binding(3) var<storage, read_write> output: array<Stored, VIEWS * OH * OW * CO4>;
@group(0) @binding(4) var<uniform> count: Count;
#if RESIDUAL
@group(0) @binding(5) var<storage, read> residual: array<Stored, VIEWS * OH * OW * CO4>;
#endif

#import "lib/epilogue.wgsl"

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) tiles: vec3u) {
  let rows = count.views * (OH * OW);
  let first = (id.z * tiles.x * 64u + id.x) * ROWS;
  if (first >= rows) { return; }
  let column4 = id.y;
#for m in 0..ROWS
  let row${m} = min(first + ${m}u, rows - 1u);
  let y${m} = row${m} / OW % OH * STRIDE - PADDING;
  let x${m} = row${m} % OW * STRIDE - PADDING;
  let view${m} = row${m} / (OH * OW) * (H * W);
  var sum${m} = vec4f();
#endfor
#if ALIGNED
  const IN4 = IN / 4u;
  const WEIGHTS_ROW = KERNEL * KERNEL * IN4;
  let group = column4 * 4u / OUT * IN4;
  for (var ky = 0u; ky < KERNEL; ky++) {
    for (var kx = 0u; kx < KERNEL; kx++) {
      let tap = column4 * 4u * WEIGHTS_ROW + (ky * KERNEL + kx) * IN4;
#for m in 0..ROWS
      let inside${m} = y${m} + ky < H && x${m} + kx < W;
      let from${m} = select(0u, (view${m} + (y${m} + ky) * W + x${m} + kx) * C4 + group, inside${m});
#endfor
      for (var c = 0u; c < IN4; c++) {
#for n in 0..4
        let w${n} = widen(weights[tap + ${n}u * WEIGHTS_ROW + c]);
#endfor
#for m in 0..ROWS
        let a${m} = select(vec4f(), widen(input[from${m} + c]), inside${m});
        sum${m} = fma(vec4f(a${m}.x), vec4f(w0.x, w1.x, w2.x, w3.x), sum${m});
        sum${m} = fma(vec4f(a${m}.y), vec4f(w0.y, w1.y, w2.y, w3.y), sum${m});
        sum${m} = fma(vec4f(a${m}.z), vec4f(w0.z, w1.z, w2.z, w3.z), sum${m});
        sum${m} = fma(vec4f(a${m}.w), vec4f(w0.w, w1.w, w2.w, w3.w), sum${m});
#endfor
      }
    }
  }
#else
  const WEIGHTS_ROW = KERNEL * KERNEL * IN;
#for n in 0..4
  // Channels beyond the last are made of zero weights; they read some group that exists.
  let group${n} = min(column4 * 4u + ${n}u, CHANNELS - 1u) / OUT * IN;
#endfor
  for (var ky = 0u; ky < KERNEL; ky++) {
    for (var kx = 0u; kx < KERNEL; kx++) {
      if (y0 + ky >= H || x0 + kx >= W) { continue; }
      let pixel = (view0 + (y0 + ky) * W + x0 + kx) * (4u * C4);
      let tap = column4 * 4u * WEIGHTS_ROW + (ky * KERNEL + kx) * IN;
      for (var c = 0u; c < IN; c++) {
#if half
#for n in 0..4
        let i${n} = pixel + group${n} + c;
        let j${n} = tap + ${n}u * WEIGHTS_ROW + c;
        let a${n} = unpack2x16float(input[i${n} / 2u])[i${n} % 2u];
        let w${n} = unpack2x16float(weights[j${n} / 2u])[j${n} % 2u];
#endfor
        let a = vec4f(a0, a1, a2, a3);
        let w = vec4f(w0, w1, w2, w3);
#else
        let a = vec4f(input[pixel + group0 + c], input[pixel + group1 + c], input[pixel + group2 + c], input[pixel + group3 + c]);
        let w = vec4f(weights[tap + c], weights[tap + WEIGHTS_ROW + c], weights[tap + 2u * WEIGHTS_ROW + c], weights[tap + 3u * WEIGHTS_ROW + c]);
#endif
        sum0 = fma(a, w, sum0);
      }
    }
  }
#endif
#for m in 0..ROWS
  if (first + ${m}u < rows) {
    let at = (first + ${m}u) * CO4 + column4;
    output[at] = narrow(finish(sum${m}, column4, at));
  }
#endfor
}
