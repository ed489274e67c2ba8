// Grouped convolution whose groups are multiples of 4 channels, in and out; family for CPU drivers.
//
//   out[b, oy, ox, o] = epilogue( Σ_ky Σ_kx Σ_c  in[b, oy·STRIDE + ky − PADDING, ox·STRIDE + kx − PADDING, o / OUT · IN + c] · w[o, ky, kx, c] )
//
// Layouts   in [b][H][W][C4] Stored;  w [o][ky][kx][IN4] Stored, IN = 4·IN4;  out, residual [b][OH][OW][CO4] Stored.
// Order     ky, kx, c, one product after another, as in grouped-conv.wgsl. A tap outside the picture is left out.
// Work      As conv-quad.wgsl: a workgroup owns lanes·ROWS views at one output position × 4·GROUPS channels of one group.
// Grid      x: ⌈views / (lanes·ROWS)⌉, y · (z / (CO4 / GROUPS)): OH·OW, z: CO4 / GROUPS times as often as y needs.

#import "lib/quad.wgsl"

struct Count { views: u32 }

@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * H * W * C4>;
@group(0) @binding(1) var<storage, read> weights: array<Stored, CO4 * 4 * KERNEL * KERNEL * IN4>;
@group(0) @binding(2) var<storage, read> channels: array<vec4f, 3 * CO4>;
@group(0) @binding(3) var<storage, read_write> output: array<Stored, VIEWS * OH * OW * CO4>;
@group(0) @binding(4) var<uniform> count: Count;
#if RESIDUAL
@group(0) @binding(5) var<storage, read> residual: array<Stored, VIEWS * OH * OW * CO4>;
#endif

#import "lib/epilogue.wgsl"

const WEIGHTS_ROW = KERNEL * KERNEL * IN4;

@compute @workgroup_size(${lanes})
fn main(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(num_workgroups) tiles: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = tile.x * (${lanes}u * ROWS) + lane;
  let last = count.views - 1u;
  let position = tile.z / (CO4 / GROUPS) * tiles.y + tile.y;
  if (position >= OH * OW) { return; }
  let oy = position / OW;
  let ox = position % OW;
  let group0 = tile.z % (CO4 / GROUPS) * GROUPS;
  let group = group0 * 4u / OUT * IN4;
#for m in 0..ROWS
  let view${m} = min(first + ${lanes * m}u, last) * (H * W * C4) + group;
#for q in 0..GROUPS
#for r in 0..4
  var sum${m}_${q}_${r} = 0.0;
#endfor
#endfor
#endfor
  for (var ky = 0u; ky < KERNEL; ky++) {
    let y = oy * STRIDE + ky - PADDING; // wraps to a large number above the picture
    if (y >= H) { continue; }
    // The weights of the taps of a row that are inside the picture lie one after another.
    let x0 = min(max(ox * STRIDE, PADDING) - PADDING, W);
    let x1 = min(max(ox * STRIDE + KERNEL, PADDING) - PADDING, W);
    let pixel = (y * W + x0) * C4;
    let tap = (group0 * 4u + lane % 4u) * WEIGHTS_ROW + (ky * KERNEL + x0 + PADDING - ox * STRIDE) * IN4;
#for m in 0..ROWS
    let line${m} = view${m} + pixel;
#endfor
#for q in 0..GROUPS
    let tap${q} = tap + ${4 * q}u * WEIGHTS_ROW;
#endfor
    for (var t = 0u; t < (x1 - x0) * IN4; t++) {
      let c = t / IN4 * C4 + t % IN4;
#for m in 0..ROWS
      let a${m} = widen(input[line${m} + c]);
#endfor
#for q in 0..GROUPS
      {
        let w = widen(weights[tap${q} + t]);
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
  if (first + ${lanes * m}u <= last) {
    let at = ((first + ${lanes * m}u) * (OH * OW) + position) * CO4 + group0;
#for q in 0..GROUPS
    output[at + ${q}u] = narrow(finish(unrotate(vec4f(sum${m}_${q}_0, sum${m}_${q}_1, sum${m}_${q}_2, sum${m}_${q}_3), lane), group0 + ${q}u, at + ${q}u));
#endfor
  }
#endfor
}
