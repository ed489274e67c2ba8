const VIEWS = 20u;
const H = 8u;
const W = 8u;
const C4 = 16u;
const OH = 8u;
const OW = 8u;
const CO4 = 16u;
const KERNEL = 3u;
const STRIDE = 1u;
const PADDING = 1u;
const BIAS = true;
const AFFINE = true;
const RELU = true;
const GELU = false;
const RESIDUAL = true;
const RELU_AFTER_ADD = true;
const DOWN = 8u;
const ACROSS = 8u;
const ROWS = 4u;
const GROUPS = 1u;
const DEPTH = 4u;
// Convolution, and the matrix product as a 1×1 convolution over one position; family for GPUs (workgroup memory).
//
//   out[b, oy, ox, o] = epilogue( Σ_ky Σ_kx Σ_c  in[b, oy·STRIDE + ky − PADDING, ox·STRIDE + kx − PADDING, c] · w[o, ky, kx, c] )
//
// Layouts   in [b][H][W][C4] Source;  w [o][ky][kx][C4] Stored;  out, residual [b][OH][OW][CO4] Stored.
// Order     ky, kx, c, one product after another: the same for every family, tile and batch. A tap outside the picture
//           adds 0, which changes no bit.
// Work      DOWN × ACROSS threads own a tile of DOWN·ROWS outputs (b, oy, ox) × ACROSS·GROUPS groups of four channels. A
//           thread owns ROWS × GROUPS of them, DOWN and ACROSS apart, so that neighbours read and store neighbouring values.
//           Slices of 4·DEPTH values of K (a vec4f is 4 channels of one tap) go through workgroup memory: of the input a
//           vec4f over K, of the weights a vec4f over output channels. A thread loads the same rows and depth in each slice.
// Memory    A slice of a row is 8 / DEPTH, or one, vec4f longer than needed: what eight threads store at once then lies in
//           different banks of the input's slice, and two to a bank of the weights'.
// Grid      x · z: ⌈views·OH·OW / (DOWN·ROWS)⌉, y: ⌈CO4 / (ACROSS·GROUPS)⌉.

// What a convolution reads: an activation, or the views of images, which stay vec4f where activations are halves.

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


alias Source = vec4f;

fn widenSource(source: Source) -> vec4f { return source; }


struct Count { views: u32 }

@group(0) @binding(0) var<storage, read> input: array<Source, VIEWS * H * W * C4>;
@group(0) @binding(1) var<storage, read> weights: array<Stored, CO4 * 4 * KERNEL * KERNEL * C4>;
@group(0) @binding(2) var<storage, read> channels: array<vec4f, 3 * CO4>;
@group(0) @binding(3) var<storage, read_write> output: array<Stored, VIEWS * OH * OW * CO4>;
@group(0) @binding(4) var<uniform> count: Count;
@group(0) @binding(5) var<storage, read> residual: array<Stored, VIEWS * OH * OW * CO4>;

// What happens to a value before it is stored, each part by its constant:
//   v + bias · BIAS;  v · scale + shift · AFFINE;  max(v, 0) · RELU, or gelu(v) · GELU;  v + residual · RESIDUAL;
//   max(v, 0) · RELU_AFTER_ADD
// ReLU is a selection, not max(): max(NaN, 0) is 0 on some drivers and would hide a NaN.
// `residual` is stored as lib/stored.wgsl says; `channels` holds bias, scale, shift, one after another, CO4 vec4f each.


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


const THREADS = DOWN * ACROSS;
const TILE_ROWS = DOWN * ROWS;
const TILE_GROUPS = ACROSS * GROUPS;
const ROWS_STORED = TILE_ROWS + 8 / DEPTH;
const GROUPS_STORED = TILE_GROUPS + 1;
const K4 = KERNEL * KERNEL * C4;

var<workgroup> inputs: array<vec4f, DEPTH * ROWS_STORED>;
var<workgroup> columns: array<vec4f, 4 * DEPTH * GROUPS_STORED>;

// Four channels of K: 0 where they are not wanted, and outside the picture.
fn loadInput(view: u32, y: u32, x: u32, c: u32, wanted: bool) -> vec4f {
  let inside = wanted && y < H && x < W;
  return select(vec4f(), widenSource(input[select(0u, ((view * H + y) * W + x) * C4 + c, inside)]), inside);
}

fn loadWeights(at: u32, wanted: bool) -> vec4f {
  return select(vec4f(), widen(weights[select(0u, at, wanted)]), wanted);
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(num_workgroups) tiles: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let rows = count.views * (OH * OW);
  let firstRow = (tile.z * tiles.x + tile.x) * TILE_ROWS;
  let firstGroup = tile.y * TILE_GROUPS;
  let down = thread / ACROSS;
  let across = thread % ACROSS;
  let depth = thread % DEPTH;
  let m0 = thread / DEPTH + 0u * (THREADS / DEPTH);
  let row0 = firstRow + m0;
  let y0 = row0 / OW % OH * STRIDE - PADDING; // wraps to a large number above and left of the picture
  let x0 = row0 % OW * STRIDE - PADDING;
  let view0 = row0 / (OH * OW);
  let m1 = thread / DEPTH + 1u * (THREADS / DEPTH);
  let row1 = firstRow + m1;
  let y1 = row1 / OW % OH * STRIDE - PADDING; // wraps to a large number above and left of the picture
  let x1 = row1 % OW * STRIDE - PADDING;
  let view1 = row1 / (OH * OW);
  var sum0_0 = vec4f();
  var sum1_0 = vec4f();
  var sum2_0 = vec4f();
  var sum3_0 = vec4f();
  for (var k0 = 0u; k0 < K4; k0 += DEPTH) {
    let k = k0 + depth;
    let ky = k / (KERNEL * C4);
    let kx = k / C4 % KERNEL;
    let c = k % C4;
    if (m0 < TILE_ROWS) {
      let wanted = row0 < rows && k < K4;
      inputs[depth * ROWS_STORED + m0] = loadInput(view0, y0 + ky, x0 + kx, c, wanted);
    }
    if (m1 < TILE_ROWS) {
      let wanted = row1 < rows && k < K4;
      inputs[depth * ROWS_STORED + m1] = loadInput(view1, y1 + ky, x1 + kx, c, wanted);
    }
    {
      let group = thread / DEPTH + 0u * (THREADS / DEPTH);
      if (group < TILE_GROUPS) {
        let wanted = firstGroup + group < CO4 && k < K4;
        let at = (firstGroup + group) * 4u * K4 + k;
        let w0 = loadWeights(at + 0u * K4, wanted);
        let w1 = loadWeights(at + 1u * K4, wanted);
        let w2 = loadWeights(at + 2u * K4, wanted);
        let w3 = loadWeights(at + 3u * K4, wanted);
        columns[(4u * depth + 0u) * GROUPS_STORED + group] = vec4f(w0[0], w1[0], w2[0], w3[0]);
        columns[(4u * depth + 1u) * GROUPS_STORED + group] = vec4f(w0[1], w1[1], w2[1], w3[1]);
        columns[(4u * depth + 2u) * GROUPS_STORED + group] = vec4f(w0[2], w1[2], w2[2], w3[2]);
        columns[(4u * depth + 3u) * GROUPS_STORED + group] = vec4f(w0[3], w1[3], w2[3], w3[3]);
      }
    }
    workgroupBarrier();
    for (var d = 0u; d < DEPTH; d++) {
      let a0 = inputs[d * ROWS_STORED + 0u * DOWN + down];
      let a1 = inputs[d * ROWS_STORED + 1u * DOWN + down];
      let a2 = inputs[d * ROWS_STORED + 2u * DOWN + down];
      let a3 = inputs[d * ROWS_STORED + 3u * DOWN + down];
      let w0_0 = columns[(4u * d + 0u) * GROUPS_STORED + 0u * ACROSS + across];
      sum0_0 = fma(vec4f(a0[0]), w0_0, sum0_0);
      sum1_0 = fma(vec4f(a1[0]), w0_0, sum1_0);
      sum2_0 = fma(vec4f(a2[0]), w0_0, sum2_0);
      sum3_0 = fma(vec4f(a3[0]), w0_0, sum3_0);
      let w1_0 = columns[(4u * d + 1u) * GROUPS_STORED + 0u * ACROSS + across];
      sum0_0 = fma(vec4f(a0[1]), w1_0, sum0_0);
      sum1_0 = fma(vec4f(a1[1]), w1_0, sum1_0);
      sum2_0 = fma(vec4f(a2[1]), w1_0, sum2_0);
      sum3_0 = fma(vec4f(a3[1]), w1_0, sum3_0);
      let w2_0 = columns[(4u * d + 2u) * GROUPS_STORED + 0u * ACROSS + across];
      sum0_0 = fma(vec4f(a0[2]), w2_0, sum0_0);
      sum1_0 = fma(vec4f(a1[2]), w2_0, sum1_0);
      sum2_0 = fma(vec4f(a2[2]), w2_0, sum2_0);
      sum3_0 = fma(vec4f(a3[2]), w2_0, sum3_0);
      let w3_0 = columns[(4u * d + 3u) * GROUPS_STORED + 0u * ACROSS + across];
      sum0_0 = fma(vec4f(a0[3]), w3_0, sum0_0);
      sum1_0 = fma(vec4f(a1[3]), w3_0, sum1_0);
      sum2_0 = fma(vec4f(a2[3]), w3_0, sum2_0);
      sum3_0 = fma(vec4f(a3[3]), w3_0, sum3_0);
    }
    workgroupBarrier();
  }
  {
    let column4 = firstGroup + 0u * ACROSS + across;
    if (column4 < CO4) {
      let column = columnOf(column4);
      {
        let row = firstRow + 0u * DOWN + down;
        if (row < rows) {
          let at = row * CO4 + column4;
          output[at] = narrow(finishColumn(sum0_0, column, at));
        }
      }
      {
        let row = firstRow + 1u * DOWN + down;
        if (row < rows) {
          let at = row * CO4 + column4;
          output[at] = narrow(finishColumn(sum1_0, column, at));
        }
      }
      {
        let row = firstRow + 2u * DOWN + down;
        if (row < rows) {
          let at = row * CO4 + column4;
          output[at] = narrow(finishColumn(sum2_0, column, at));
        }
      }
      {
        let row = firstRow + 3u * DOWN + down;
        if (row < rows) {
          let at = row * CO4 + column4;
          output[at] = narrow(finishColumn(sum3_0, column, at));
        }
      }
    }
  }
}

