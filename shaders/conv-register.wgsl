// Convolution, and the matrix product as a 1×1 convolution over one position; portable family (no subgroups, no
// workgroup memory).
//
//   out[b, oy, ox, o] = epilogue( Σ_ky Σ_kx Σ_c  in[b, oy·STRIDE + ky − PADDING, ox·STRIDE + kx − PADDING, c] · w[o, ky, kx, c] )
//
// Layouts   in [b][H][W][C4] Source;  w [o][ky][kx][C4] Stored;  out, residual [b][OH][OW][CO4] Stored.
// Order     ky, kx, c, one product after another: the same for every family, tile and batch. A tap outside the picture
//           adds 0, which changes no bit.
// Work      A thread owns ROWS consecutive outputs (b, oy, ox) × 4 output channels.
// Grid      x · z: ⌈views·OH·OW / (64·ROWS)⌉, y: CO4.

#import "lib/source.wgsl"

struct Count { views: u32 }

@group(0) @binding(0) var<storage, read> input: array<Source, VIEWS * H * W * C4>;
@group(0) @binding(1) var<storage, read> weights: array<Stored, CO4 * 4 * KERNEL * KERNEL * C4>;
@group(0) @binding(2) var<storage, read> channels: array<vec4f, 3 * CO4>;
@group(0) @binding(3) var<storage, read_write> output: array<Stored, VIEWS * OH * OW * CO4>;
@group(0) @binding(4) var<uniform> count: Count;
#if RESIDUAL
@group(0) @binding(5) var<storage, read> residual: array<Stored, VIEWS * OH * OW * CO4>;
#endif

#import "lib/epilogue.wgsl"

const WEIGHTS_ROW = KERNEL * KERNEL * C4;

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
  for (var ky = 0u; ky < KERNEL; ky++) {
    for (var kx = 0u; kx < KERNEL; kx++) {
      let tap = column4 * 4u * WEIGHTS_ROW + (ky * KERNEL + kx) * C4;
#for m in 0..ROWS
      let inside${m} = y${m} + ky < H && x${m} + kx < W;
      let from${m} = select(0u, (view${m} + (y${m} + ky) * W + x${m} + kx) * C4, inside${m});
#endfor
      for (var c = 0u; c < C4; c++) {
#for n in 0..4
        let w${n} = widen(weights[tap + ${n}u * WEIGHTS_ROW + c]);
#endfor
#for m in 0..ROWS
        let a${m} = select(vec4f(), widenSource(input[from${m} + c]), inside${m});
        sum${m} = fma(vec4f(a${m}.x), vec4f(w0.x, w1.x, w2.x, w3.x), sum${m});
        sum${m} = fma(vec4f(a${m}.y), vec4f(w0.y, w1.y, w2.y, w3.y), sum${m});
        sum${m} = fma(vec4f(a${m}.z), vec4f(w0.z, w1.z, w2.z, w3.z), sum${m});
        sum${m} = fma(vec4f(a${m}.w), vec4f(w0.w, w1.w, w2.w, w3.w), sum${m});
#endfor
      }
    }
  }
#for m in 0..ROWS
  if (first + ${m}u < rows) {
    let at = (first + ${m}u) * CO4 + column4;
    output[at] = narrow(finish(sum${m}, column4, at));
  }
#endfor
}
