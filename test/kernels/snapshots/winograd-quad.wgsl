enable subgroups;
const VIEWS = 20u;
const H = 8u;
const W = 8u;
const C4 = 16u;
const CO4 = 16u;
const TILES_Y = 4u;
const TILES_X = 4u;
const ROWS = 4u;
const GROUPS = 4u;
const BIAS = true;
const AFFINE = true;
const RELU = true;
const GELU = false;
const RESIDUAL = true;
const RELU_AFTER_ADD = true;
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

// Rotations within a quad (lanes 4i … 4i+3): rotateR(v) is v as lane (l xor R) holds it. One shuffle instruction each.

fn rotate0(v: vec4f) -> vec4f { return v; }
fn rotate1(v: vec4f) -> vec4f { return quadSwapX(v); }
fn rotate2(v: vec4f) -> vec4f { return quadSwapY(v); }
fn rotate3(v: vec4f) -> vec4f { return quadSwapDiagonal(v); }

// Column c of four that lane l accumulated in the order l, l^1, l^2, l^3: back to the order 0, 1, 2, 3.
fn unrotate(v: vec4f, lane: u32) -> vec4f {
  let pairs = select(v, v.yxwz, (lane & 1u) != 0u);
  return select(pairs, pairs.zwxy, (lane & 2u) != 0u);
}

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


const OUTPUTS = ROWS + ROWS * GROUPS;

@compute @workgroup_size(4)
fn main(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(num_workgroups) tiles: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (tile.y * tiles.x + tile.x) * (4u * ROWS);
  let last = count.views * TILES - 1u;
  if (first > last) { return; }
  let group0 = tile.z * GROUPS;
  let row0 = min(first + lane + 0u, last);
  let patch0 = (row0 / TILES * 16u * TILES + row0 % TILES) * C4;
  let row1 = min(first + lane + 4u, last);
  let patch1 = (row1 / TILES * 16u * TILES + row1 % TILES) * C4;
  let row2 = min(first + lane + 8u, last);
  let patch2 = (row2 / TILES * 16u * TILES + row2 % TILES) * C4;
  let row3 = min(first + lane + 12u, last);
  let patch3 = (row3 / TILES * 16u * TILES + row3 % TILES) * C4;
  var kept: array<vec4f, ROWS + 5 * ROWS * GROUPS>; // values of the rows, sums over c, outputs
  for (var p = 0u; p < 16u; p++) {
    let line = ((p * CO4 + group0) * 4u + lane % 4u) * C4;
    let line0 = line + 0u * C4;
    let line1 = line + 4u * C4;
    let line2 = line + 8u * C4;
    let line3 = line + 12u * C4;
    let from0 = patch0 + p * (TILES * C4);
    let from1 = patch1 + p * (TILES * C4);
    let from2 = patch2 + p * (TILES * C4);
    let from3 = patch3 + p * (TILES * C4);
    kept[4] = vec4f();
    kept[5] = vec4f();
    kept[6] = vec4f();
    kept[7] = vec4f();
    kept[8] = vec4f();
    kept[9] = vec4f();
    kept[10] = vec4f();
    kept[11] = vec4f();
    kept[12] = vec4f();
    kept[13] = vec4f();
    kept[14] = vec4f();
    kept[15] = vec4f();
    kept[16] = vec4f();
    kept[17] = vec4f();
    kept[18] = vec4f();
    kept[19] = vec4f();
    for (var c = 0u; c < C4; c++) {
      kept[0] = input[from0 + c];
      kept[1] = input[from1 + c];
      kept[2] = input[from2 + c];
      kept[3] = input[from3 + c];
      let w0 = weights[line0 + c];
      let w1 = weights[line1 + c];
      let w2 = weights[line2 + c];
      let w3 = weights[line3 + c];
      {
        let v = rotate0(w0);
        var sum0 = kept[4][0];
        sum0 = fma(kept[0].x, v.x, sum0);
        sum0 = fma(kept[0].y, v.y, sum0);
        sum0 = fma(kept[0].z, v.z, sum0);
        sum0 = fma(kept[0].w, v.w, sum0);
        var sum1 = kept[8][0];
        sum1 = fma(kept[1].x, v.x, sum1);
        sum1 = fma(kept[1].y, v.y, sum1);
        sum1 = fma(kept[1].z, v.z, sum1);
        sum1 = fma(kept[1].w, v.w, sum1);
        var sum2 = kept[12][0];
        sum2 = fma(kept[2].x, v.x, sum2);
        sum2 = fma(kept[2].y, v.y, sum2);
        sum2 = fma(kept[2].z, v.z, sum2);
        sum2 = fma(kept[2].w, v.w, sum2);
        var sum3 = kept[16][0];
        sum3 = fma(kept[3].x, v.x, sum3);
        sum3 = fma(kept[3].y, v.y, sum3);
        sum3 = fma(kept[3].z, v.z, sum3);
        sum3 = fma(kept[3].w, v.w, sum3);
        kept[4][0] = sum0;
        kept[8][0] = sum1;
        kept[12][0] = sum2;
        kept[16][0] = sum3;
      }
      {
        let v = rotate1(w0);
        var sum0 = kept[4][1];
        sum0 = fma(kept[0].x, v.x, sum0);
        sum0 = fma(kept[0].y, v.y, sum0);
        sum0 = fma(kept[0].z, v.z, sum0);
        sum0 = fma(kept[0].w, v.w, sum0);
        var sum1 = kept[8][1];
        sum1 = fma(kept[1].x, v.x, sum1);
        sum1 = fma(kept[1].y, v.y, sum1);
        sum1 = fma(kept[1].z, v.z, sum1);
        sum1 = fma(kept[1].w, v.w, sum1);
        var sum2 = kept[12][1];
        sum2 = fma(kept[2].x, v.x, sum2);
        sum2 = fma(kept[2].y, v.y, sum2);
        sum2 = fma(kept[2].z, v.z, sum2);
        sum2 = fma(kept[2].w, v.w, sum2);
        var sum3 = kept[16][1];
        sum3 = fma(kept[3].x, v.x, sum3);
        sum3 = fma(kept[3].y, v.y, sum3);
        sum3 = fma(kept[3].z, v.z, sum3);
        sum3 = fma(kept[3].w, v.w, sum3);
        kept[4][1] = sum0;
        kept[8][1] = sum1;
        kept[12][1] = sum2;
        kept[16][1] = sum3;
      }
      {
        let v = rotate2(w0);
        var sum0 = kept[4][2];
        sum0 = fma(kept[0].x, v.x, sum0);
        sum0 = fma(kept[0].y, v.y, sum0);
        sum0 = fma(kept[0].z, v.z, sum0);
        sum0 = fma(kept[0].w, v.w, sum0);
        var sum1 = kept[8][2];
        sum1 = fma(kept[1].x, v.x, sum1);
        sum1 = fma(kept[1].y, v.y, sum1);
        sum1 = fma(kept[1].z, v.z, sum1);
        sum1 = fma(kept[1].w, v.w, sum1);
        var sum2 = kept[12][2];
        sum2 = fma(kept[2].x, v.x, sum2);
        sum2 = fma(kept[2].y, v.y, sum2);
        sum2 = fma(kept[2].z, v.z, sum2);
        sum2 = fma(kept[2].w, v.w, sum2);
        var sum3 = kept[16][2];
        sum3 = fma(kept[3].x, v.x, sum3);
        sum3 = fma(kept[3].y, v.y, sum3);
        sum3 = fma(kept[3].z, v.z, sum3);
        sum3 = fma(kept[3].w, v.w, sum3);
        kept[4][2] = sum0;
        kept[8][2] = sum1;
        kept[12][2] = sum2;
        kept[16][2] = sum3;
      }
      {
        let v = rotate3(w0);
        var sum0 = kept[4][3];
        sum0 = fma(kept[0].x, v.x, sum0);
        sum0 = fma(kept[0].y, v.y, sum0);
        sum0 = fma(kept[0].z, v.z, sum0);
        sum0 = fma(kept[0].w, v.w, sum0);
        var sum1 = kept[8][3];
        sum1 = fma(kept[1].x, v.x, sum1);
        sum1 = fma(kept[1].y, v.y, sum1);
        sum1 = fma(kept[1].z, v.z, sum1);
        sum1 = fma(kept[1].w, v.w, sum1);
        var sum2 = kept[12][3];
        sum2 = fma(kept[2].x, v.x, sum2);
        sum2 = fma(kept[2].y, v.y, sum2);
        sum2 = fma(kept[2].z, v.z, sum2);
        sum2 = fma(kept[2].w, v.w, sum2);
        var sum3 = kept[16][3];
        sum3 = fma(kept[3].x, v.x, sum3);
        sum3 = fma(kept[3].y, v.y, sum3);
        sum3 = fma(kept[3].z, v.z, sum3);
        sum3 = fma(kept[3].w, v.w, sum3);
        kept[4][3] = sum0;
        kept[8][3] = sum1;
        kept[12][3] = sum2;
        kept[16][3] = sum3;
      }
      {
        let v = rotate0(w1);
        var sum0 = kept[5][0];
        sum0 = fma(kept[0].x, v.x, sum0);
        sum0 = fma(kept[0].y, v.y, sum0);
        sum0 = fma(kept[0].z, v.z, sum0);
        sum0 = fma(kept[0].w, v.w, sum0);
        var sum1 = kept[9][0];
        sum1 = fma(kept[1].x, v.x, sum1);
        sum1 = fma(kept[1].y, v.y, sum1);
        sum1 = fma(kept[1].z, v.z, sum1);
        sum1 = fma(kept[1].w, v.w, sum1);
        var sum2 = kept[13][0];
        sum2 = fma(kept[2].x, v.x, sum2);
        sum2 = fma(kept[2].y, v.y, sum2);
        sum2 = fma(kept[2].z, v.z, sum2);
        sum2 = fma(kept[2].w, v.w, sum2);
        var sum3 = kept[17][0];
        sum3 = fma(kept[3].x, v.x, sum3);
        sum3 = fma(kept[3].y, v.y, sum3);
        sum3 = fma(kept[3].z, v.z, sum3);
        sum3 = fma(kept[3].w, v.w, sum3);
        kept[5][0] = sum0;
        kept[9][0] = sum1;
        kept[13][0] = sum2;
        kept[17][0] = sum3;
      }
      {
        let v = rotate1(w1);
        var sum0 = kept[5][1];
        sum0 = fma(kept[0].x, v.x, sum0);
        sum0 = fma(kept[0].y, v.y, sum0);
        sum0 = fma(kept[0].z, v.z, sum0);
        sum0 = fma(kept[0].w, v.w, sum0);
        var sum1 = kept[9][1];
        sum1 = fma(kept[1].x, v.x, sum1);
        sum1 = fma(kept[1].y, v.y, sum1);
        sum1 = fma(kept[1].z, v.z, sum1);
        sum1 = fma(kept[1].w, v.w, sum1);
        var sum2 = kept[13][1];
        sum2 = fma(kept[2].x, v.x, sum2);
        sum2 = fma(kept[2].y, v.y, sum2);
        sum2 = fma(kept[2].z, v.z, sum2);
        sum2 = fma(kept[2].w, v.w, sum2);
        var sum3 = kept[17][1];
        sum3 = fma(kept[3].x, v.x, sum3);
        sum3 = fma(kept[3].y, v.y, sum3);
        sum3 = fma(kept[3].z, v.z, sum3);
        sum3 = fma(kept[3].w, v.w, sum3);
        kept[5][1] = sum0;
        kept[9][1] = sum1;
        kept[13][1] = sum2;
        kept[17][1] = sum3;
      }
      {
        let v = rotate2(w1);
        var sum0 = kept[5][2];
        sum0 = fma(kept[0].x, v.x, sum0);
        sum0 = fma(kept[0].y, v.y, sum0);
        sum0 = fma(kept[0].z, v.z, sum0);
        sum0 = fma(kept[0].w, v.w, sum0);
        var sum1 = kept[9][2];
        sum1 = fma(kept[1].x, v.x, sum1);
        sum1 = fma(kept[1].y, v.y, sum1);
        sum1 = fma(kept[1].z, v.z, sum1);
        sum1 = fma(kept[1].w, v.w, sum1);
        var sum2 = kept[13][2];
        sum2 = fma(kept[2].x, v.x, sum2);
        sum2 = fma(kept[2].y, v.y, sum2);
        sum2 = fma(kept[2].z, v.z, sum2);
        sum2 = fma(kept[2].w, v.w, sum2);
        var sum3 = kept[17][2];
        sum3 = fma(kept[3].x, v.x, sum3);
        sum3 = fma(kept[3].y, v.y, sum3);
        sum3 = fma(kept[3].z, v.z, sum3);
        sum3 = fma(kept[3].w, v.w, sum3);
        kept[5][2] = sum0;
        kept[9][2] = sum1;
        kept[13][2] = sum2;
        kept[17][2] = sum3;
      }
      {
        let v = rotate3(w1);
        var sum0 = kept[5][3];
        sum0 = fma(kept[0].x, v.x, sum0);
        sum0 = fma(kept[0].y, v.y, sum0);
        sum0 = fma(kept[0].z, v.z, sum0);
        sum0 = fma(kept[0].w, v.w, sum0);
        var sum1 = kept[9][3];
        sum1 = fma(kept[1].x, v.x, sum1);
        sum1 = fma(kept[1].y, v.y, sum1);
        sum1 = fma(kept[1].z, v.z, sum1);
        sum1 = fma(kept[1].w, v.w, sum1);
        var sum2 = kept[13][3];
        sum2 = fma(kept[2].x, v.x, sum2);
        sum2 = fma(kept[2].y, v.y, sum2);
        sum2 = fma(kept[2].z, v.z, sum2);
        sum2 = fma(kept[2].w, v.w, sum2);
        var sum3 = kept[17][3];
        sum3 = fma(kept[3].x, v.x, sum3);
        sum3 = fma(kept[3].y, v.y, sum3);
        sum3 = fma(kept[3].z, v.z, sum3);
        sum3 = fma(kept[3].w, v.w, sum3);
        kept[5][3] = sum0;
        kept[9][3] = sum1;
        kept[13][3] = sum2;
        kept[17][3] = sum3;
      }
      {
        let v = rotate0(w2);
        var sum0 = kept[6][0];
        sum0 = fma(kept[0].x, v.x, sum0);
        sum0 = fma(kept[0].y, v.y, sum0);
        sum0 = fma(kept[0].z, v.z, sum0);
        sum0 = fma(kept[0].w, v.w, sum0);
        var sum1 = kept[10][0];
        sum1 = fma(kept[1].x, v.x, sum1);
        sum1 = fma(kept[1].y, v.y, sum1);
        sum1 = fma(kept[1].z, v.z, sum1);
        sum1 = fma(kept[1].w, v.w, sum1);
        var sum2 = kept[14][0];
        sum2 = fma(kept[2].x, v.x, sum2);
        sum2 = fma(kept[2].y, v.y, sum2);
        sum2 = fma(kept[2].z, v.z, sum2);
        sum2 = fma(kept[2].w, v.w, sum2);
        var sum3 = kept[18][0];
        sum3 = fma(kept[3].x, v.x, sum3);
        sum3 = fma(kept[3].y, v.y, sum3);
        sum3 = fma(kept[3].z, v.z, sum3);
        sum3 = fma(kept[3].w, v.w, sum3);
        kept[6][0] = sum0;
        kept[10][0] = sum1;
        kept[14][0] = sum2;
        kept[18][0] = sum3;
      }
      {
        let v = rotate1(w2);
        var sum0 = kept[6][1];
        sum0 = fma(kept[0].x, v.x, sum0);
        sum0 = fma(kept[0].y, v.y, sum0);
        sum0 = fma(kept[0].z, v.z, sum0);
        sum0 = fma(kept[0].w, v.w, sum0);
        var sum1 = kept[10][1];
        sum1 = fma(kept[1].x, v.x, sum1);
        sum1 = fma(kept[1].y, v.y, sum1);
        sum1 = fma(kept[1].z, v.z, sum1);
        sum1 = fma(kept[1].w, v.w, sum1);
        var sum2 = kept[14][1];
        sum2 = fma(kept[2].x, v.x, sum2);
        sum2 = fma(kept[2].y, v.y, sum2);
        sum2 = fma(kept[2].z, v.z, sum2);
        sum2 = fma(kept[2].w, v.w, sum2);
        var sum3 = kept[18][1];
        sum3 = fma(kept[3].x, v.x, sum3);
        sum3 = fma(kept[3].y, v.y, sum3);
        sum3 = fma(kept[3].z, v.z, sum3);
        sum3 = fma(kept[3].w, v.w, sum3);
        kept[6][1] = sum0;
        kept[10][1] = sum1;
        kept[14][1] = sum2;
        kept[18][1] = sum3;
      }
      {
        let v = rotate2(w2);
        var sum0 = kept[6][2];
        sum0 = fma(kept[0].x, v.x, sum0);
        sum0 = fma(kept[0].y, v.y, sum0);
        sum0 = fma(kept[0].z, v.z, sum0);
        sum0 = fma(kept[0].w, v.w, sum0);
        var sum1 = kept[10][2];
        sum1 = fma(kept[1].x, v.x, sum1);
        sum1 = fma(kept[1].y, v.y, sum1);
        sum1 = fma(kept[1].z, v.z, sum1);
        sum1 = fma(kept[1].w, v.w, sum1);
        var sum2 = kept[14][2];
        sum2 = fma(kept[2].x, v.x, sum2);
        sum2 = fma(kept[2].y, v.y, sum2);
        sum2 = fma(kept[2].z, v.z, sum2);
        sum2 = fma(kept[2].w, v.w, sum2);
        var sum3 = kept[18][2];
        sum3 = fma(kept[3].x, v.x, sum3);
        sum3 = fma(kept[3].y, v.y, sum3);
        sum3 = fma(kept[3].z, v.z, sum3);
        sum3 = fma(kept[3].w, v.w, sum3);
        kept[6][2] = sum0;
        kept[10][2] = sum1;
        kept[14][2] = sum2;
        kept[18][2] = sum3;
      }
      {
        let v = rotate3(w2);
        var sum0 = kept[6][3];
        sum0 = fma(kept[0].x, v.x, sum0);
        sum0 = fma(kept[0].y, v.y, sum0);
        sum0 = fma(kept[0].z, v.z, sum0);
        sum0 = fma(kept[0].w, v.w, sum0);
        var sum1 = kept[10][3];
        sum1 = fma(kept[1].x, v.x, sum1);
        sum1 = fma(kept[1].y, v.y, sum1);
        sum1 = fma(kept[1].z, v.z, sum1);
        sum1 = fma(kept[1].w, v.w, sum1);
        var sum2 = kept[14][3];
        sum2 = fma(kept[2].x, v.x, sum2);
        sum2 = fma(kept[2].y, v.y, sum2);
        sum2 = fma(kept[2].z, v.z, sum2);
        sum2 = fma(kept[2].w, v.w, sum2);
        var sum3 = kept[18][3];
        sum3 = fma(kept[3].x, v.x, sum3);
        sum3 = fma(kept[3].y, v.y, sum3);
        sum3 = fma(kept[3].z, v.z, sum3);
        sum3 = fma(kept[3].w, v.w, sum3);
        kept[6][3] = sum0;
        kept[10][3] = sum1;
        kept[14][3] = sum2;
        kept[18][3] = sum3;
      }
      {
        let v = rotate0(w3);
        var sum0 = kept[7][0];
        sum0 = fma(kept[0].x, v.x, sum0);
        sum0 = fma(kept[0].y, v.y, sum0);
        sum0 = fma(kept[0].z, v.z, sum0);
        sum0 = fma(kept[0].w, v.w, sum0);
        var sum1 = kept[11][0];
        sum1 = fma(kept[1].x, v.x, sum1);
        sum1 = fma(kept[1].y, v.y, sum1);
        sum1 = fma(kept[1].z, v.z, sum1);
        sum1 = fma(kept[1].w, v.w, sum1);
        var sum2 = kept[15][0];
        sum2 = fma(kept[2].x, v.x, sum2);
        sum2 = fma(kept[2].y, v.y, sum2);
        sum2 = fma(kept[2].z, v.z, sum2);
        sum2 = fma(kept[2].w, v.w, sum2);
        var sum3 = kept[19][0];
        sum3 = fma(kept[3].x, v.x, sum3);
        sum3 = fma(kept[3].y, v.y, sum3);
        sum3 = fma(kept[3].z, v.z, sum3);
        sum3 = fma(kept[3].w, v.w, sum3);
        kept[7][0] = sum0;
        kept[11][0] = sum1;
        kept[15][0] = sum2;
        kept[19][0] = sum3;
      }
      {
        let v = rotate1(w3);
        var sum0 = kept[7][1];
        sum0 = fma(kept[0].x, v.x, sum0);
        sum0 = fma(kept[0].y, v.y, sum0);
        sum0 = fma(kept[0].z, v.z, sum0);
        sum0 = fma(kept[0].w, v.w, sum0);
        var sum1 = kept[11][1];
        sum1 = fma(kept[1].x, v.x, sum1);
        sum1 = fma(kept[1].y, v.y, sum1);
        sum1 = fma(kept[1].z, v.z, sum1);
        sum1 = fma(kept[1].w, v.w, sum1);
        var sum2 = kept[15][1];
        sum2 = fma(kept[2].x, v.x, sum2);
        sum2 = fma(kept[2].y, v.y, sum2);
        sum2 = fma(kept[2].z, v.z, sum2);
        sum2 = fma(kept[2].w, v.w, sum2);
        var sum3 = kept[19][1];
        sum3 = fma(kept[3].x, v.x, sum3);
        sum3 = fma(kept[3].y, v.y, sum3);
        sum3 = fma(kept[3].z, v.z, sum3);
        sum3 = fma(kept[3].w, v.w, sum3);
        kept[7][1] = sum0;
        kept[11][1] = sum1;
        kept[15][1] = sum2;
        kept[19][1] = sum3;
      }
      {
        let v = rotate2(w3);
        var sum0 = kept[7][2];
        sum0 = fma(kept[0].x, v.x, sum0);
        sum0 = fma(kept[0].y, v.y, sum0);
        sum0 = fma(kept[0].z, v.z, sum0);
        sum0 = fma(kept[0].w, v.w, sum0);
        var sum1 = kept[11][2];
        sum1 = fma(kept[1].x, v.x, sum1);
        sum1 = fma(kept[1].y, v.y, sum1);
        sum1 = fma(kept[1].z, v.z, sum1);
        sum1 = fma(kept[1].w, v.w, sum1);
        var sum2 = kept[15][2];
        sum2 = fma(kept[2].x, v.x, sum2);
        sum2 = fma(kept[2].y, v.y, sum2);
        sum2 = fma(kept[2].z, v.z, sum2);
        sum2 = fma(kept[2].w, v.w, sum2);
        var sum3 = kept[19][2];
        sum3 = fma(kept[3].x, v.x, sum3);
        sum3 = fma(kept[3].y, v.y, sum3);
        sum3 = fma(kept[3].z, v.z, sum3);
        sum3 = fma(kept[3].w, v.w, sum3);
        kept[7][2] = sum0;
        kept[11][2] = sum1;
        kept[15][2] = sum2;
        kept[19][2] = sum3;
      }
      {
        let v = rotate3(w3);
        var sum0 = kept[7][3];
        sum0 = fma(kept[0].x, v.x, sum0);
        sum0 = fma(kept[0].y, v.y, sum0);
        sum0 = fma(kept[0].z, v.z, sum0);
        sum0 = fma(kept[0].w, v.w, sum0);
        var sum1 = kept[11][3];
        sum1 = fma(kept[1].x, v.x, sum1);
        sum1 = fma(kept[1].y, v.y, sum1);
        sum1 = fma(kept[1].z, v.z, sum1);
        sum1 = fma(kept[1].w, v.w, sum1);
        var sum2 = kept[15][3];
        sum2 = fma(kept[2].x, v.x, sum2);
        sum2 = fma(kept[2].y, v.y, sum2);
        sum2 = fma(kept[2].z, v.z, sum2);
        sum2 = fma(kept[2].w, v.w, sum2);
        var sum3 = kept[19][3];
        sum3 = fma(kept[3].x, v.x, sum3);
        sum3 = fma(kept[3].y, v.y, sum3);
        sum3 = fma(kept[3].z, v.z, sum3);
        sum3 = fma(kept[3].w, v.w, sum3);
        kept[7][3] = sum0;
        kept[11][3] = sum1;
        kept[15][3] = sum2;
        kept[19][3] = sum3;
      }
    }
    let factors = outputFactors(p);
    let factor0 = vec4f(factors[0]);
    let factor1 = vec4f(factors[1]);
    let factor2 = vec4f(factors[2]);
    let factor3 = vec4f(factors[3]);
    kept[20] = fma(factor0, kept[4], kept[20]);
    kept[36] = fma(factor1, kept[4], kept[36]);
    kept[52] = fma(factor2, kept[4], kept[52]);
    kept[68] = fma(factor3, kept[4], kept[68]);
    kept[21] = fma(factor0, kept[5], kept[21]);
    kept[37] = fma(factor1, kept[5], kept[37]);
    kept[53] = fma(factor2, kept[5], kept[53]);
    kept[69] = fma(factor3, kept[5], kept[69]);
    kept[22] = fma(factor0, kept[6], kept[22]);
    kept[38] = fma(factor1, kept[6], kept[38]);
    kept[54] = fma(factor2, kept[6], kept[54]);
    kept[70] = fma(factor3, kept[6], kept[70]);
    kept[23] = fma(factor0, kept[7], kept[23]);
    kept[39] = fma(factor1, kept[7], kept[39]);
    kept[55] = fma(factor2, kept[7], kept[55]);
    kept[71] = fma(factor3, kept[7], kept[71]);
    kept[24] = fma(factor0, kept[8], kept[24]);
    kept[40] = fma(factor1, kept[8], kept[40]);
    kept[56] = fma(factor2, kept[8], kept[56]);
    kept[72] = fma(factor3, kept[8], kept[72]);
    kept[25] = fma(factor0, kept[9], kept[25]);
    kept[41] = fma(factor1, kept[9], kept[41]);
    kept[57] = fma(factor2, kept[9], kept[57]);
    kept[73] = fma(factor3, kept[9], kept[73]);
    kept[26] = fma(factor0, kept[10], kept[26]);
    kept[42] = fma(factor1, kept[10], kept[42]);
    kept[58] = fma(factor2, kept[10], kept[58]);
    kept[74] = fma(factor3, kept[10], kept[74]);
    kept[27] = fma(factor0, kept[11], kept[27]);
    kept[43] = fma(factor1, kept[11], kept[43]);
    kept[59] = fma(factor2, kept[11], kept[59]);
    kept[75] = fma(factor3, kept[11], kept[75]);
    kept[28] = fma(factor0, kept[12], kept[28]);
    kept[44] = fma(factor1, kept[12], kept[44]);
    kept[60] = fma(factor2, kept[12], kept[60]);
    kept[76] = fma(factor3, kept[12], kept[76]);
    kept[29] = fma(factor0, kept[13], kept[29]);
    kept[45] = fma(factor1, kept[13], kept[45]);
    kept[61] = fma(factor2, kept[13], kept[61]);
    kept[77] = fma(factor3, kept[13], kept[77]);
    kept[30] = fma(factor0, kept[14], kept[30]);
    kept[46] = fma(factor1, kept[14], kept[46]);
    kept[62] = fma(factor2, kept[14], kept[62]);
    kept[78] = fma(factor3, kept[14], kept[78]);
    kept[31] = fma(factor0, kept[15], kept[31]);
    kept[47] = fma(factor1, kept[15], kept[47]);
    kept[63] = fma(factor2, kept[15], kept[63]);
    kept[79] = fma(factor3, kept[15], kept[79]);
    kept[32] = fma(factor0, kept[16], kept[32]);
    kept[48] = fma(factor1, kept[16], kept[48]);
    kept[64] = fma(factor2, kept[16], kept[64]);
    kept[80] = fma(factor3, kept[16], kept[80]);
    kept[33] = fma(factor0, kept[17], kept[33]);
    kept[49] = fma(factor1, kept[17], kept[49]);
    kept[65] = fma(factor2, kept[17], kept[65]);
    kept[81] = fma(factor3, kept[17], kept[81]);
    kept[34] = fma(factor0, kept[18], kept[34]);
    kept[50] = fma(factor1, kept[18], kept[50]);
    kept[66] = fma(factor2, kept[18], kept[66]);
    kept[82] = fma(factor3, kept[18], kept[82]);
    kept[35] = fma(factor0, kept[19], kept[35]);
    kept[51] = fma(factor1, kept[19], kept[51]);
    kept[67] = fma(factor2, kept[19], kept[67]);
    kept[83] = fma(factor3, kept[19], kept[83]);
  }
  for (var q = 0u; q < GROUPS; q++) {
    let column = columnOf(group0 + q);
    for (var m = 0u; m < ROWS; m++) {
      let row = first + lane + 4u * m;
      for (var u = 0u; u < 4u; u++) {
        if ((row <= last) & isOutput(row, u)) {
          let at = outputAt(row, u) * CO4 + group0 + q;
          output[at] = finishColumn(unrotate(kept[OUTPUTS + u * (ROWS * GROUPS) + m * GROUPS + q], lane), column, at);
        }
      }
    }
  }
}

