// Convolution, and the matrix product as a 1×1 convolution over one position; family for GPUs (workgroup memory).
//
//   out[b, oy, ox, o] = epilogue( Σ_ky Σ_kx Σ_c  in[b, oy·STRIDE + ky − PADDING, ox·STRIDE + kx − PADDING, c] · w[o, ky, kx, c] )
//
// Layouts   in [b][H][W][C4] vec4f;  w [o][ky][kx][C4] vec4f;  out, residual [b][OH][OW][CO4] vec4f.
// Order     ky, kx, c, one product after another: the same for every family, tile and batch. A tap outside the picture
//           adds 0, which changes no bit.
// Work      256 threads own a tile of 4·THREADS_M outputs (b, oy, ox) × 4·THREADS_N channels, 4×4 each. Slices of
//           4·DEPTH values of K (a vec4f is 4 channels of one tap) go through workgroup memory; each row there is one
//           vec4f longer than needed, so that neighbours fall into different banks.
// Grid      x · z: ⌈views·OH·OW / (4·THREADS_M)⌉, y: ⌈CO4 / THREADS_N⌉.

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

const THREADS = THREADS_M * THREADS_N;
const TILE_M = 4 * THREADS_M;
const TILE_N = 4 * THREADS_N;
const K4 = KERNEL * KERNEL * C4;

var<workgroup> tileA: array<vec4f, DEPTH * (TILE_M + 1)>;
var<workgroup> tileB: array<vec4f, DEPTH * (TILE_N + 1)>;

// Four channels of K at output row `row`: 0 outside the picture, beyond the last row and beyond K.
fn loadInput(row: u32, rows: u32, k: u32) -> vec4f {
  let y = row / OW % OH * STRIDE + k / (KERNEL * C4) - PADDING;
  let x = row % OW * STRIDE + k / C4 % KERNEL - PADDING;
  let inside = row < rows && k < K4 && y < H && x < W;
  let at = select(0u, ((row / (OH * OW) * H + y) * W + x) * C4 + k % C4, inside);
  return select(vec4f(), input[at], inside);
}

fn loadWeights(column: u32, k: u32) -> vec4f {
  let inside = column < CO4 * 4u && k < K4;
  return select(vec4f(), weights[select(0u, column * K4 + k, inside)], inside);
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(num_workgroups) tiles: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let rows = count.views * (OH * OW);
  let row0 = (tile.z * tiles.x + tile.x) * TILE_M;
  let m0 = thread / THREADS_N * 4u;
  let n0 = thread % THREADS_N * 4u;
#for m in 0..4
  var sum${m} = vec4f();
#endfor
  for (var k0 = 0u; k0 < K4; k0 += DEPTH) {
    for (var i = thread; i < DEPTH * TILE_M; i += THREADS) {
      tileA[i % DEPTH * (TILE_M + 1u) + i / DEPTH] = loadInput(row0 + i / DEPTH, rows, k0 + i % DEPTH);
    }
    for (var i = thread; i < DEPTH * TILE_N; i += THREADS) {
      tileB[i % DEPTH * (TILE_N + 1u) + i / DEPTH] = loadWeights(tile.y * TILE_N + i / DEPTH, k0 + i % DEPTH);
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
  let column4 = tile.y * THREADS_N + thread % THREADS_N;
  if (column4 >= CO4) { return; }
#for m in 0..4
  {
    let row = row0 + m0 + ${m}u;
    if (row < rows) {
      let at = row * CO4 + column4;
      output[at] = finish(sum${m}, column4, at);
    }
  }
#endfor
}
