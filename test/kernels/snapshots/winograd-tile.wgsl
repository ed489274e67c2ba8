const VIEWS = 20u;
const H = 8u;
const W = 8u;
const C4 = 16u;
const CO4 = 16u;
const TILES_Y = 4u;
const TILES_X = 4u;
const THREADS_M = 16u;
const THREADS_N = 16u;
const DEPTH = 4u;
const BIAS = true;
const AFFINE = true;
const RELU = true;
const GELU = false;
const RESIDUAL = true;
const RELU_AFTER_ADD = true;
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

// What the 2×2 outputs of a tile of Winograd F(2×2, 3×3) are made of, and where they lie. A row is a tile of any view, TILES
// to a view, line by line; output 2u + v of it is at [2·ty + u, 2·tx + v].

// Aᵀ[u, i] · Aᵀ[v, j] of the outputs 2u + v, for the place p = 4i + j of the patch. Aᵀ = [1 1 1 0; 0 1 −1 −1].
fn outputFactors(p: u32) -> vec4f {
  let i = p / 4u;
  let j = p % 4u;
  let a0 = select(1.0, 0.0, i == 3u);
  let a1 = select(select(-1.0, 1.0, i == 1u), 0.0, i == 0u);
  let b0 = select(1.0, 0.0, j == 3u);
  let b1 = select(select(-1.0, 1.0, j == 1u), 0.0, j == 0u);
  return vec4f(a0 * b0, a0 * b1, a1 * b0, a1 * b1);
}

fn outputY(row: u32, u: u32) -> u32 { return row % TILES / TILES_X * 2u + u / 2u; }
fn outputX(row: u32, u: u32) -> u32 { return row % TILES_X * 2u + u % 2u; }

// Whether it lies inside the picture: tiles overhang one of odd size.
fn isOutput(row: u32, u: u32) -> bool { return outputY(row, u) < H && outputX(row, u) < W; }

// Its place among the positions of all views.
fn outputAt(row: u32, u: u32) -> u32 { return (row / TILES * H + outputY(row, u)) * W + outputX(row, u); }

// The u-th of four, which stay in registers.
fn oneOf(u: u32, v0: vec4f, v1: vec4f, v2: vec4f, v3: vec4f) -> vec4f {
  return select(select(v0, v1, u == 1u), select(v2, v3, u == 3u), u >= 2u);
}


struct Count { views: u32 }

const TILES = TILES_Y * TILES_X;

@group(0) @binding(0) var<storage, read> input: array<vec4f, VIEWS * 16 * TILES * C4>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f, 16 * CO4 * 4 * C4>;
@group(0) @binding(2) var<storage, read> channels: array<vec4f, 3 * CO4>;
@group(0) @binding(3) var<storage, read_write> output: array<vec4f, VIEWS * H * W * CO4>;
@group(0) @binding(4) var<uniform> count: Count;
@group(0) @binding(5) var<storage, read> residual: array<vec4f, VIEWS * H * W * CO4>;

// What happens to a value before it is stored, each part by its constant:
//   v + bias · BIAS;  v · scale + shift · AFFINE;  max(v, 0) · RELU, or gelu(v) · GELU;  v + residual · RESIDUAL;
//   max(v, 0) · RELU_AFTER_ADD
// ReLU is a selection, not max(): max(NaN, 0) is 0 on some drivers and would hide a NaN.
// `residual` is stored as lib/stored.wgsl says; `channels` holds bias, scale, shift, one after another, CO4 vec4f each.

// How four channels of an activation or of packed weights lie in memory: vec4f, or with `half` four halves (IEEE 754
// binary16), two in a word, the first in the low bits. Arithmetic is f32 in either case: loads widen, exactly, and stores
// narrow, once, to the nearest half, ties to even.
//
// narrow() is written out, as pack2x16float leaves rounding and what is beyond 65504 to the driver: from 65520 on it gives
// infinity, which is found wherever a tap is read; multiples of 2⁻²⁴ below 2⁻¹⁴ are kept. A sum of such a value and 0.5
// ends where the half's last bit is, so the addition rounds it. The test for overflow holds for NaN as well.

alias Stored = vec4f;

fn widen(stored: Stored) -> vec4f { return stored; }

fn narrow(v: vec4f) -> Stored { return v; }


fn relu(v: vec4f) -> vec4f { return select(v, vec4f(), v < vec4f()); }

// What a group of four output channels has in `channels`; loaded once where several values of the group are at hand.
struct Column { bias: vec4f, scale: vec4f, shift: vec4f }

fn columnOf(column4: u32) -> Column {
  var column: Column;
  column.bias = channels[column4];
  column.scale = channels[CO4 + column4];
  column.shift = channels[2u * CO4 + column4];
  return column;
}

fn finishColumn(sum: vec4f, column: Column, at: u32) -> vec4f {
  var v = sum;
  v = v + column.bias;
  v = v * column.scale + column.shift;
  v = relu(v);
  v = v + widen(residual[at]);
  v = relu(v);
  return v;
}

fn finish(sum: vec4f, column4: u32, at: u32) -> vec4f { return finishColumn(sum, columnOf(column4), at); }


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
  var output0_0 = vec4f();
  var output0_1 = vec4f();
  var output0_2 = vec4f();
  var output0_3 = vec4f();
  var output1_0 = vec4f();
  var output1_1 = vec4f();
  var output1_2 = vec4f();
  var output1_3 = vec4f();
  var output2_0 = vec4f();
  var output2_1 = vec4f();
  var output2_2 = vec4f();
  var output2_3 = vec4f();
  var output3_0 = vec4f();
  var output3_1 = vec4f();
  var output3_2 = vec4f();
  var output3_3 = vec4f();
  for (var p = 0u; p < 16u; p++) {
    var sum0 = vec4f();
    var sum1 = vec4f();
    var sum2 = vec4f();
    var sum3 = vec4f();
    for (var c0 = 0u; c0 < C4; c0 += DEPTH) {
      for (var i = thread; i < DEPTH * TILE_M; i += THREADS) {
        tileA[i % DEPTH * (TILE_M + 1u) + i / DEPTH] = loadInput(row0 + i / DEPTH, rows, p, c0 + i % DEPTH);
      }
      for (var i = thread; i < DEPTH * TILE_N; i += THREADS) {
        tileB[i % DEPTH * (TILE_N + 1u) + i / DEPTH] = loadWeights(tile.y * TILE_N + i / DEPTH, p, c0 + i % DEPTH);
      }
      workgroupBarrier();
      for (var k = 0u; k < DEPTH; k++) {
        let w0 = tileB[k * (TILE_N + 1u) + n0 + 0u];
        let w1 = tileB[k * (TILE_N + 1u) + n0 + 1u];
        let w2 = tileB[k * (TILE_N + 1u) + n0 + 2u];
        let w3 = tileB[k * (TILE_N + 1u) + n0 + 3u];
        {
          let a = tileA[k * (TILE_M + 1u) + m0 + 0u];
          sum0 = fma(vec4f(a.x), vec4f(w0.x, w1.x, w2.x, w3.x), sum0);
          sum0 = fma(vec4f(a.y), vec4f(w0.y, w1.y, w2.y, w3.y), sum0);
          sum0 = fma(vec4f(a.z), vec4f(w0.z, w1.z, w2.z, w3.z), sum0);
          sum0 = fma(vec4f(a.w), vec4f(w0.w, w1.w, w2.w, w3.w), sum0);
        }
        {
          let a = tileA[k * (TILE_M + 1u) + m0 + 1u];
          sum1 = fma(vec4f(a.x), vec4f(w0.x, w1.x, w2.x, w3.x), sum1);
          sum1 = fma(vec4f(a.y), vec4f(w0.y, w1.y, w2.y, w3.y), sum1);
          sum1 = fma(vec4f(a.z), vec4f(w0.z, w1.z, w2.z, w3.z), sum1);
          sum1 = fma(vec4f(a.w), vec4f(w0.w, w1.w, w2.w, w3.w), sum1);
        }
        {
          let a = tileA[k * (TILE_M + 1u) + m0 + 2u];
          sum2 = fma(vec4f(a.x), vec4f(w0.x, w1.x, w2.x, w3.x), sum2);
          sum2 = fma(vec4f(a.y), vec4f(w0.y, w1.y, w2.y, w3.y), sum2);
          sum2 = fma(vec4f(a.z), vec4f(w0.z, w1.z, w2.z, w3.z), sum2);
          sum2 = fma(vec4f(a.w), vec4f(w0.w, w1.w, w2.w, w3.w), sum2);
        }
        {
          let a = tileA[k * (TILE_M + 1u) + m0 + 3u];
          sum3 = fma(vec4f(a.x), vec4f(w0.x, w1.x, w2.x, w3.x), sum3);
          sum3 = fma(vec4f(a.y), vec4f(w0.y, w1.y, w2.y, w3.y), sum3);
          sum3 = fma(vec4f(a.z), vec4f(w0.z, w1.z, w2.z, w3.z), sum3);
          sum3 = fma(vec4f(a.w), vec4f(w0.w, w1.w, w2.w, w3.w), sum3);
        }
      }
      workgroupBarrier();
    }
    let factor = outputFactors(p);
    output0_0 = fma(vec4f(factor[0]), sum0, output0_0);
    output0_1 = fma(vec4f(factor[1]), sum0, output0_1);
    output0_2 = fma(vec4f(factor[2]), sum0, output0_2);
    output0_3 = fma(vec4f(factor[3]), sum0, output0_3);
    output1_0 = fma(vec4f(factor[0]), sum1, output1_0);
    output1_1 = fma(vec4f(factor[1]), sum1, output1_1);
    output1_2 = fma(vec4f(factor[2]), sum1, output1_2);
    output1_3 = fma(vec4f(factor[3]), sum1, output1_3);
    output2_0 = fma(vec4f(factor[0]), sum2, output2_0);
    output2_1 = fma(vec4f(factor[1]), sum2, output2_1);
    output2_2 = fma(vec4f(factor[2]), sum2, output2_2);
    output2_3 = fma(vec4f(factor[3]), sum2, output2_3);
    output3_0 = fma(vec4f(factor[0]), sum3, output3_0);
    output3_1 = fma(vec4f(factor[1]), sum3, output3_1);
    output3_2 = fma(vec4f(factor[2]), sum3, output3_2);
    output3_3 = fma(vec4f(factor[3]), sum3, output3_3);
  }
  let column4 = tile.y * THREADS_N + thread % THREADS_N;
  if (column4 >= CO4) { return; }
  let column = columnOf(column4);
  for (var u = 0u; u < 4u; u++) {
    {
      let row = row0 + m0 + 0u;
      if (row < rows && isOutput(row, u)) {
        let at = outputAt(row, u) * CO4 + column4;
        output[at] = finishColumn(oneOf(u, output0_0, output0_1, output0_2, output0_3), column, at);
      }
    }
    {
      let row = row0 + m0 + 1u;
      if (row < rows && isOutput(row, u)) {
        let at = outputAt(row, u) * CO4 + column4;
        output[at] = finishColumn(oneOf(u, output1_0, output1_1, output1_2, output1_3), column, at);
      }
    }
    {
      let row = row0 + m0 + 2u;
      if (row < rows && isOutput(row, u)) {
        let at = outputAt(row, u) * CO4 + column4;
        output[at] = finishColumn(oneOf(u, output2_0, output2_1, output2_2, output2_3), column, at);
      }
    }
    {
      let row = row0 + m0 + 3u;
      if (row < rows && isOutput(row, u)) {
        let at = outputAt(row, u) * CO4 + column4;
        output[at] = finishColumn(oneOf(u, output3_0, output3_1, output3_2, output3_3), column, at);
      }
    }
  }
}

