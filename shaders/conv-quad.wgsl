// Convolution, and the matrix product as a 1×1 convolution over one position; family for CPU drivers (subgroups of 4–8).
//
//   out[b, oy, ox, o] = epilogue( Σ_ky Σ_kx Σ_c  in[b, oy·STRIDE + ky − PADDING, ox·STRIDE + kx − PADDING, c] · w[o, ky, kx, c] )
//
// Layouts   in [b][H][W][C4] vec4f;  w [o][ky][kx][C4] vec4f;  out, residual [b][OH][OW][CO4] vec4f.
// Order     ky, kx, c, one product after another: the same for every family, tile and batch. A tap outside the picture
//           would add ±0, which changes no bit, and is left out.
// Work      A quad owns 4·ROWS rows × 4·GROUPS output channels. Each lane holds ROWS rows; of every four rows of weights
//           it loads one and gets the others by rotation, so a loaded value serves four lanes. No workgroup memory: a
//           barrier costs more than it saves on a CPU driver. A row is a view at one output position of the quad; without
//           padding all positions read the same taps, and a row is any (b, oy, ox), so that few views fill the quads too.
// Grid      x: ⌈views / (4·ROWS)⌉, y · (z / (CO4 / GROUPS)): OH·OW, z: CO4 / GROUPS times as often as y needs.
//           PADDING 0: x · y: ⌈views·OH·OW / (4·ROWS)⌉, z: CO4 / GROUPS.

#import "lib/quad.wgsl"

struct Count { views: u32 }

@group(0) @binding(0) var<storage, read> input: array<vec4f, VIEWS * H * W * C4>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f, CO4 * 4 * KERNEL * KERNEL * C4>;
@group(0) @binding(2) var<storage, read> channels: array<vec4f, 3 * CO4>;
@group(0) @binding(3) var<storage, read_write> output: array<vec4f, VIEWS * OH * OW * CO4>;
@group(0) @binding(4) var<uniform> count: Count;
#if RESIDUAL
@group(0) @binding(5) var<storage, read> residual: array<vec4f, VIEWS * OH * OW * CO4>;
#endif

#import "lib/epilogue.wgsl"

const WEIGHTS_ROW = KERNEL * KERNEL * C4;

@compute @workgroup_size(4)
fn main(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(num_workgroups) tiles: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
#if PADDING == 0
  let first = (tile.y * tiles.x + tile.x) * (4u * ROWS);
  let last = count.views * (OH * OW) - 1u;
  if (first > last) { return; }
  let group0 = tile.z * GROUPS;
#for m in 0..ROWS
  let row${m} = min(first + lane + ${4 * m}u, last);
  let from${m} = ((row${m} / (OH * OW) * H + row${m} / OW % OH * STRIDE) * W + row${m} % OW * STRIDE) * C4;
#endfor
#else
  let first = tile.x * (4u * ROWS);
  let last = count.views - 1u;
  let position = tile.z / (CO4 / GROUPS) * tiles.y + tile.y;
  if (position >= OH * OW) { return; }
  let oy = position / OW;
  let ox = position % OW;
  let group0 = tile.z % (CO4 / GROUPS) * GROUPS;
#for m in 0..ROWS
  let view${m} = min(first + lane + ${4 * m}u, last) * (H * W * C4);
#endfor
#endif
#for m in 0..ROWS
#for q in 0..GROUPS
#for r in 0..4
  var sum${m}_${q}_${r} = 0.0;
#endfor
#endfor
#endfor
  for (var ky = 0u; ky < KERNEL; ky++) {
#if PADDING == 0
    let length = KERNEL * C4;
    let tap = (group0 * 4u + lane) * WEIGHTS_ROW + ky * length;
#for m in 0..ROWS
    let line${m} = from${m} + ky * (W * C4);
#endfor
#else
    let y = oy * STRIDE + ky - PADDING; // wraps to a large number above the picture
    if (y >= H) { continue; }
    // The taps of a row that are inside the picture lie one after another, in the picture and in the weights.
    let x0 = min(max(ox * STRIDE, PADDING) - PADDING, W);
    let x1 = min(max(ox * STRIDE + KERNEL, PADDING) - PADDING, W);
    let length = (x1 - x0) * C4;
    let pixel = (y * W + x0) * C4;
    let tap = (group0 * 4u + lane) * WEIGHTS_ROW + (ky * KERNEL + x0 + PADDING - ox * STRIDE) * C4;
#for m in 0..ROWS
    let line${m} = view${m} + pixel;
#endfor
#endif
#for q in 0..GROUPS
    let tap${q} = tap + ${4 * q}u * WEIGHTS_ROW;
#endfor
    for (var c = 0u; c < length; c++) {
#for m in 0..ROWS
      let a${m} = input[line${m} + c];
#endfor
#for q in 0..GROUPS
      {
        let w = weights[tap${q} + c];
#for r in 0..4
        {
          let v = rotate${r}(w);
#for m in 0..ROWS
          sum${m}_${q}_${r} = fma(a${m}.w, v.w, fma(a${m}.z, v.z, fma(a${m}.y, v.y, fma(a${m}.x, v.x, sum${m}_${q}_${r}))));
#endfor
        }
#endfor
      }
#endfor
    }
  }
#for m in 0..ROWS
  if (first + lane + ${4 * m}u <= last) {
#if PADDING == 0
    let at = (first + lane + ${4 * m}u) * CO4 + group0;
#else
    let at = ((first + lane + ${4 * m}u) * (OH * OW) + position) * CO4 + group0;
#endif
#for q in 0..GROUPS
    output[at + ${q}u] = finish(unrotate(vec4f(sum${m}_${q}_0, sum${m}_${q}_1, sum${m}_${q}_2, sum${m}_${q}_3), lane), group0 + ${q}u, at + ${q}u);
#endfor
  }
#endfor
}
