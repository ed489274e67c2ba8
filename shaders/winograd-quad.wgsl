// 3×3 convolution of stride 1 and padding 1 by Winograd F(2×2, 3×3) (Lavin & Gray 2016, §4.1), from the patches that
// winograd-input.wgsl has transformed; family for CPU drivers (subgroups of 4–8).
//
//   out[b, 2·ty + u, 2·tx + v, o] = epilogue( Σ_i Σ_j  Aᵀ[u, i] · Aᵀ[v, j] · Σ_c  in[b, 4i + j, tile, c] · w[4i + j, o, c] )
//
//   Aᵀ = ⎡ 1  1  1  0 ⎤                    of a tile that overhangs the picture only what lies inside is stored
//        ⎣ 0  1 −1 −1 ⎦
//
// Layouts   in [b][16][TILES_Y·TILES_X][C4] vec4f;  w [16][o][C4] vec4f;  out, residual [b][H][W][CO4] vec4f.
// Order     Σ_c one product after another; i, j likewise, where a term whose factor is 0 adds ±0: the same for every
//           family, tile and batch. A sum that is not finite makes the whole tile NaN, as 0 · ∞ is.
// Work      A workgroup owns lanes·ROWS tiles of any view × 4·GROUPS output channels, their sums over c of one (i, j) at a
//           time, and their 2×2 outputs, which never leave it in between. Values are shared and kept as in conv-quad.wgsl.
// Grid      x · y: ⌈views·TILES / (lanes·ROWS)⌉, z: CO4 / GROUPS.

#import "lib/quad.wgsl"
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

const OUTPUTS = ROWS + ROWS * GROUPS;

@compute @workgroup_size(${lanes})
fn main(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(num_workgroups) tiles: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (tile.y * tiles.x + tile.x) * (${lanes}u * ROWS);
  let last = count.views * TILES - 1u;
  if (first > last) { return; }
  let group0 = tile.z * GROUPS;
#for m in 0..ROWS
  let row${m} = min(first + lane + ${lanes * m}u, last);
  let patch${m} = (row${m} / TILES * 16u * TILES + row${m} % TILES) * C4;
#endfor
  var kept: array<vec4f, ROWS + 5 * ROWS * GROUPS>; // values of the rows, sums over c, outputs
  for (var p = 0u; p < 16u; p++) {
    let line = ((p * CO4 + group0) * 4u + lane % 4u) * C4;
#for q in 0..GROUPS
    let line${q} = line + ${4 * q}u * C4;
#endfor
#for m in 0..ROWS
    let from${m} = patch${m} + p * (TILES * C4);
#endfor
#for i in ROWS..ROWS + ROWS * GROUPS
    kept[${i}] = vec4f();
#endfor
    for (var c = 0u; c < C4; c++) {
#for m in 0..ROWS
      kept[${m}] = input[from${m} + c];
#endfor
#for q in 0..GROUPS
      let w${q} = weights[line${q} + c];
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
    let factors = outputFactors(p);
#for u in 0..4
    let factor${u} = vec4f(factors[${u}]);
#endfor
#for s in 0..ROWS * GROUPS
#for u in 0..4
    kept[${ROWS + ROWS * GROUPS * (u + 1) + s}] = fma(factor${u}, kept[${ROWS + s}], kept[${ROWS + ROWS * GROUPS * (u + 1) + s}]);
#endfor
#endfor
  }
  for (var q = 0u; q < GROUPS; q++) {
    let column = columnOf(group0 + q);
    for (var m = 0u; m < ROWS; m++) {
      let row = first + lane + ${lanes}u * m;
      for (var u = 0u; u < 4u; u++) {
        if ((row <= last) & isOutput(row, u)) {
          let at = outputAt(row, u) * CO4 + group0 + q;
          output[at] = finishColumn(unrotate(kept[OUTPUTS + u * (ROWS * GROUPS) + m * GROUPS + q], lane), column, at);
        }
      }
    }
  }
}
