// Convolution, and the matrix product as a 1×1 convolution over one position; family for CPU drivers (subgroups of 4–8).
//
//   out[b, oy, ox, o] = epilogue( Σ_ky Σ_kx Σ_c  in[b, oy·STRIDE + ky − PADDING, ox·STRIDE + kx − PADDING, c] · w[o, ky, kx, c] )
//
// Layouts   in [b][H][W][C4] Source;  w [o][ky][kx][C4] Stored;  out, residual [b][OH][OW][CO4] Stored.
// Order     ky, kx, c, one product after another: the same for every family, tile and batch. A tap outside the picture
//           adds ±0, which changes no bit, and is left out where all rows of a workgroup have it outside.
// Work      A quad owns 4·ROWS rows × 4·GROUPS output channels. A row is any (oy, ox, b), the views of a position one after
//           another, so that few views fill the quads and many share their taps. Each lane holds ROWS rows; of every four
//           rows of weights it loads one and gets the others by rotation, so a loaded value serves four lanes. No
//           workgroup memory: a barrier costs more than it saves on a CPU driver.
// Memory    The driver's compiler has 16 registers and keeps what lives long in the wrong ones. So rows and sums are in an
//           array, which stays in memory because the end reads it by an index that is not constant, and a product is
//           load, multiply, add. The inner loop has to fit a CPU's cache of decoded instructions, some 25 KB: ROWS and
//           GROUPS of 4 do, any larger tile does not.
// Lanes     4 a workgroup, or as many as the driver runs at once: several quads, whose rows go on from each other.
// Grid      x · y: ⌈views·OH·OW / (lanes·ROWS)⌉, z: CO4 / GROUPS.

#import "lib/quad.wgsl"
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

@compute @workgroup_size(${lanes})
fn main(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(num_workgroups) tiles: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (tile.y * tiles.x + tile.x) * (${lanes}u * ROWS);
  let last = count.views * (OH * OW) - 1u;
  if (first > last) { return; }
  let group0 = tile.z * GROUPS;
#for m in 0..ROWS
  let row${m} = min(first + lane + ${lanes * m}u, last);
  let view${m} = row${m} % count.views;
  let position${m} = row${m} / count.views;
  let y${m} = position${m} / OW * STRIDE - PADDING; // wraps to a large number above and left of the picture
  let x${m} = position${m} % OW * STRIDE - PADDING;
  let corner${m} = ((view${m} * H + y${m}) * W + x${m}) * C4;
#endfor
  // The taps of a line lie one after another, in the picture and in the weights. Where every row of the workgroup
  // has the same taps of it inside, one loop takes them all; where there are few channels, one loop takes all lines.
#if PADDING == 0
  let low = 0u;
  let high = KERNEL;
  let across = true;
  let whole = true;
#else
  let start = first / count.views;
  let end = min(first + (${lanes}u * ROWS - 1u), last) / count.views;
  let top = i32(start / OW * STRIDE) - i32(PADDING);
  let bottom = i32(end / OW * STRIDE) - i32(PADDING);
  let left = i32(start % OW * STRIDE) - i32(PADDING);
  let right = i32(end % OW * STRIDE) - i32(PADDING);
  let alone = start == end;
  let low = select(0u, u32(max(-left, 0)), alone);
  let high = select(KERNEL, u32(clamp(i32(W) - left, 0, i32(KERNEL))), alone);
  let inner = (left >= 0) & (right + i32(KERNEL) <= i32(W)) & (top == bottom);
  let across = alone | inner;
  let whole = inner & (top >= 0) & (bottom + i32(KERNEL) <= i32(H));
#endif
#if jumps
  let lines = select(1u, KERNEL, whole);
  let taps = select(select(1u, high - low, across), KERNEL * KERNEL, whole);
#else
  let lines = 1u;
  let taps = select(1u, high - low, across);
#endif
  var kept: array<vec4f, ROWS + ROWS * GROUPS>; // values of the rows, then sums
  for (var ky = 0u; ky < KERNEL; ky += lines) {
#if PADDING > 0
    if ((bottom + i32(ky) < 0) | (top + i32(ky) >= i32(H))) { continue; }
#endif
    for (var kx = low; kx < high; kx += taps) {
      let length = taps * C4;
#if lanes > 4
      let tap = (group0 * 4u + lane % 4u) * WEIGHTS_ROW + (ky * KERNEL + kx) * C4;
#else
      let tap = (group0 * 4u + lane) * WEIGHTS_ROW + (ky * KERNEL + kx) * C4;
#endif
#for q in 0..GROUPS
      let tap${q} = tap + ${4 * q}u * WEIGHTS_ROW;
#endfor
#for m in 0..ROWS
#if PADDING > 0
      let inside${m} = (y${m} + ky < H) & (x${m} + kx < W);
      let from${m} = select(0u, corner${m} + (ky * W + kx) * C4, inside${m});
      let mask${m} = vec4u(select(0u, 0xffffffffu, inside${m}));
#else
      let from${m} = corner${m} + (ky * W + kx) * C4;
#endif
#endfor
      for (var c = 0u; c < length; c++) {
#if jumps
        let i = c + c / (KERNEL * C4) * (W * C4 - KERNEL * C4);
#else
        let i = c;
#endif
#for m in 0..ROWS
#if PADDING > 0 && halfSource
        kept[${m}] = widenSource(input[from${m} + i] & mask${m}.xy);
#elif PADDING > 0
        kept[${m}] = bitcast<vec4f>(bitcast<vec4u>(input[from${m} + i]) & mask${m});
#else
        kept[${m}] = widenSource(input[from${m} + i]);
#endif
#endfor
#for q in 0..GROUPS
        let w${q} = widen(weights[tap${q} + c]);
#endfor
#for q in 0..GROUPS
#for r in 0..4
        {
          let v = rotate${r}(w${q});
#for m in 0..ROWS
          var sum${m} = kept[${ROWS + m * GROUPS + q}][${r}];
          sum${m} = fma(kept[${m}].x, v.x, sum${m});
          sum${m} = fma(kept[${m}].y, v.y, sum${m});
          sum${m} = fma(kept[${m}].z, v.z, sum${m});
          sum${m} = fma(kept[${m}].w, v.w, sum${m});
#endfor
#for m in 0..ROWS
          kept[${ROWS + m * GROUPS + q}][${r}] = sum${m};
#endfor
        }
#endfor
#endfor
      }
    }
  }
  for (var q = 0u; q < GROUPS; q++) {
    let column = columnOf(group0 + q);
#for m in 0..ROWS
    if (first + lane + ${lanes * m}u <= last) {
      let at = (view${m} * (OH * OW) + position${m}) * CO4 + group0 + q;
      output[at] = narrow(finishColumn(unrotate(kept[${ROWS + m * GROUPS}u + q], lane), column, at));
    }
#endfor
  }
}
