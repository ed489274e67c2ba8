// 3×3 convolution of stride 1 and padding 1 by Winograd F(2×2, 3×3) (Lavin & Gray 2016, §4.1), from the patches that
// winograd-input.wgsl has transformed; family for GPUs (workgroup memory).
//
//   out[b, 2·ty + u, 2·tx + v, o] = epilogue( Σ_i Σ_j  Aᵀ[u, i] · Aᵀ[v, j] · Σ_c  in[b, 4i + j, tile, c] · w[4i + j, o, c] )
//
//   Aᵀ = ⎡ 1  1  1  0 ⎤                    of a tile that overhangs the picture only what lies inside is stored
//        ⎣ 0  1 −1 −1 ⎦
//
// Layouts   in [b][16][TILES_Y·TILES_X][C4] vec4f;  w [16][o][C4] vec4f;  out, residual [b][H][W][CO4] vec4f.
// Order     Σ_c one product after another; i, j likewise, where a term whose factor is 0 adds ±0: the same for every
//           family, tile and batch. A sum that is not finite makes the whole tile NaN, as 0 · ∞ is.
// Work      256 threads own 4·THREADS_M tiles (b, tile) × 4·THREADS_N channels, 4×4 each: their sums over c of one (i, j) at
//           a time, and their 2×2 outputs. Slices of 4·DEPTH channels go through workgroup memory as in conv-tile.wgsl.
// Grid      x · z: ⌈views·TILES / (4·THREADS_M)⌉, y: ⌈CO4 / THREADS_N⌉.

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

const THREADS = THREADS_M * THREADS_N;
const TILE_M = 4 * THREADS_M;
const TILE_N = 4 * THREADS_N;

var<workgroup> tileA: array<vec4f, DEPTH * (TILE_M + 1)>;
var<workgroup> tileB: array<vec4f, DEPTH * (TILE_N + 1)>;

// Four channels of a patch at its place p: 0 beyond the last row and the last channel.
fn loadInput(row: u32, rows: u32, p: u32, c: u32) -> vec4f {
  let inside = row < rows && c < C4;
  let at = select(0u, ((row / TILES * 16u + p) * TILES + row % TILES) * C4 + c, inside);
  return select(vec4f(), input[at], inside);
}

fn loadWeights(column: u32, p: u32, c: u32) -> vec4f {
  let inside = column < CO4 * 4u && c < C4;
  return select(vec4f(), weights[select(0u, (p * CO4 * 4u + column) * C4 + c, inside)], inside);
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(num_workgroups) tiles: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let rows = count.views * TILES;
  let row0 = (tile.z * tiles.x + tile.x) * TILE_M;
  let m0 = thread / THREADS_N * 4u;
  let n0 = thread % THREADS_N * 4u;
#for m in 0..4
#for u in 0..4
  var output${m}_${u} = vec4f();
#endfor
#endfor
  for (var p = 0u; p < 16u; p++) {
#for m in 0..4
    var sum${m} = vec4f();
#endfor
    for (var c0 = 0u; c0 < C4; c0 += DEPTH) {
      for (var i = thread; i < DEPTH * TILE_M; i += THREADS) {
        tileA[i % DEPTH * (TILE_M + 1u) + i / DEPTH] = loadInput(row0 + i / DEPTH, rows, p, c0 + i % DEPTH);
      }
      for (var i = thread; i < DEPTH * TILE_N; i += THREADS) {
        tileB[i % DEPTH * (TILE_N + 1u) + i / DEPTH] = loadWeights(tile.y * TILE_N + i / DEPTH, p, c0 + i % DEPTH);
      }
      workgroupBarrier();
      for (var k = 0u; k < DEPTH; k++) {
#for n in 0..4
        let w${n} = tileB[k * (TILE_N + 1u) + n0 + ${n}u];
#endfor
#for m in 0..4
        {
          let a = tileA[k * (TILE_M + 1u) + m0 + ${m}u];
          sum${m} = fma(vec4f(a.x), vec4f(w0.x, w1.x, w2.x, w3.x), sum${m});
          sum${m} = fma(vec4f(a.y), vec4f(w0.y, w1.y, w2.y, w3.y), sum${m});
          sum${m} = fma(vec4f(a.z), vec4f(w0.z, w1.z, w2.z, w3.z), sum${m});
          sum${m} = fma(vec4f(a.w), vec4f(w0.w, w1.w, w2.w, w3.w), sum${m});
        }
#endfor
      }
      workgroupBarrier();
    }
    let factor = outputFactors(p);
#for m in 0..4
#for u in 0..4
    output${m}_${u} = fma(vec4f(factor[${u}]), sum${m}, output${m}_${u});
#endfor
#endfor
  }
  let column4 = tile.y * THREADS_N + thread % THREADS_N;
  if (column4 >= CO4) { return; }
  let column = columnOf(column4);
  for (var u = 0u; u < 4u; u++) {
#for m in 0..4
    {
      let row = row0 + m0 + ${m}u;
      if (row < rows && isOutput(row, u)) {
        let at = outputAt(row, u) * CO4 + column4;
        output[at] = finishColumn(oneOf(u, output${m}_0, output${m}_1, output${m}_2, output${m}_3), column, at);
      }
    }
#endfor
  }
}
