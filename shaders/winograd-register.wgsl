// 3×3 convolution of stride 1 and padding 1 by Winograd F(2×2, 3×3) (Lavin & Gray 2016, §4.1), from the patches that
// winograd-input.wgsl has transformed; portable family (no subgroups, no workgroup memory).
//
//   out[b, 2·ty + u, 2·tx + v, o] = epilogue( Σ_i Σ_j  Aᵀ[u, i] · Aᵀ[v, j] · Σ_c  in[b, 4i + j, tile, c] · w[4i + j, o, c] )
//
//   Aᵀ = ⎡ 1  1  1  0 ⎤                    of a tile that overhangs the picture only what lies inside is stored
//        ⎣ 0  1 −1 −1 ⎦
//
// Layouts   in [b][16][TILES_Y·TILES_X][C4] vec4f;  w [16][o][C4] vec4f;  out, residual [b][H][W][CO4] vec4f.
// Order     Σ_c one product after another; i, j likewise, where a term whose factor is 0 adds ±0: the same for every
//           family, tile and batch. A sum that is not finite makes the whole tile NaN, as 0 · ∞ is.
// Work      A thread owns ROWS consecutive tiles (b, tile) × 4 output channels: their sums over c of one (i, j) at a time,
//           and their 2×2 outputs.
// Grid      x · z: ⌈views·TILES / (64·ROWS)⌉, y: CO4.

#import "lib/winograd.wgsl"

struct Count { views: u32 }

const TILES = TILES_Y * TILES_X;

@group(0) @binding(0) var<storage, read> input: array<vec4f, VIEWS * 16 * TILES * C4>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f, 16 * CO4 * 4 * C4>;
@group(0) @binding(2) var<storage, read> channels: array<vec4f, 3 * CO4>;
@group(0) @binding(3) var<storage, read_write> output: array<vec4f, VIEWS * H * W * CO4>;
@group(0) @binding(4) var<uniform> count: Count;
#if RESIDUAL
@group(0) @binding(5) var<storage, read> residual: array<vec4f, VIEWS * H * W * CO4>;
#endif

#import "lib/epilogue.wgsl"

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) tiles: vec3u) {
  let rows = count.views * TILES;
  let first = (id.z * tiles.x * 64u + id.x) * ROWS;
  if (first >= rows) { return; }
  let column4 = id.y;
#for m in 0..ROWS
  let row${m} = min(first + ${m}u, rows - 1u);
  let patch${m} = (row${m} / TILES * 16u * TILES + row${m} % TILES) * C4;
#for u in 0..4
  var output${m}_${u} = vec4f();
#endfor
#endfor
  for (var p = 0u; p < 16u; p++) {
    let line = (p * CO4 + column4) * 4u * C4;
#for m in 0..ROWS
    let from${m} = patch${m} + p * (TILES * C4);
    var sum${m} = vec4f();
#endfor
    for (var c = 0u; c < C4; c++) {
#for n in 0..4
      let w${n} = weights[line + ${n}u * C4 + c];
#endfor
#for m in 0..ROWS
      let a${m} = input[from${m} + c];
      sum${m} = fma(vec4f(a${m}.x), vec4f(w0.x, w1.x, w2.x, w3.x), sum${m});
      sum${m} = fma(vec4f(a${m}.y), vec4f(w0.y, w1.y, w2.y, w3.y), sum${m});
      sum${m} = fma(vec4f(a${m}.z), vec4f(w0.z, w1.z, w2.z, w3.z), sum${m});
      sum${m} = fma(vec4f(a${m}.w), vec4f(w0.w, w1.w, w2.w, w3.w), sum${m});
#endfor
    }
    let factor = outputFactors(p);
#for m in 0..ROWS
#for u in 0..4
    output${m}_${u} = fma(vec4f(factor[${u}]), sum${m}, output${m}_${u});
#endfor
#endfor
  }
  let column = columnOf(column4);
  for (var u = 0u; u < 4u; u++) {
#for m in 0..ROWS
    if (first + ${m}u < rows && isOutput(row${m}, u)) {
      let at = outputAt(row${m}, u) * CO4 + column4;
      output[at] = finishColumn(oneOf(u, output${m}_0, output${m}_1, output${m}_2, output${m}_3), column, at);
    }
#endfor
  }
}
