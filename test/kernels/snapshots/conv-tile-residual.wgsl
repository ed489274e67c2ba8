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
const THREADS_M = 16u;
const THREADS_N = 16u;
const DEPTH = 4u;
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
@group(0) @binding(5) var<storage, read> residual: array<vec4f, VIEWS * OH * OW * CO4>;

// What happens to a value before it is stored, each part by its constant:
//   v + bias · BIAS;  v · scale + shift · AFFINE;  max(v, 0) · RELU, or gelu(v) · GELU;  v + residual · RESIDUAL;
//   max(v, 0) · RELU_AFTER_ADD
// ReLU is a selection, not max(): max(NaN, 0) is 0 on some drivers and would hide a NaN.
// `channels` holds bias, scale, shift, one after another, CO4 vec4f each.


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
  v = v + residual[at];
  v = relu(v);
  return v;
}

fn finish(sum: vec4f, column4: u32, at: u32) -> vec4f { return finishColumn(sum, columnOf(column4), at); }


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
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var k0 = 0u; k0 < K4; k0 += DEPTH) {
    for (var i = thread; i < DEPTH * TILE_M; i += THREADS) {
      tileA[i % DEPTH * (TILE_M + 1u) + i / DEPTH] = loadInput(row0 + i / DEPTH, rows, k0 + i % DEPTH);
    }
    for (var i = thread; i < DEPTH * TILE_N; i += THREADS) {
      tileB[i % DEPTH * (TILE_N + 1u) + i / DEPTH] = loadWeights(tile.y * TILE_N + i / DEPTH, k0 + i % DEPTH);
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
  let column4 = tile.y * THREADS_N + thread % THREADS_N;
  if (column4 >= CO4) { return; }
  {
    let row = row0 + m0 + 0u;
    if (row < rows) {
      let at = row * CO4 + column4;
      output[at] = finish(sum0, column4, at);
    }
  }
  {
    let row = row0 + m0 + 1u;
    if (row < rows) {
      let at = row * CO4 + column4;
      output[at] = finish(sum1, column4, at);
    }
  }
  {
    let row = row0 + m0 + 2u;
    if (row < rows) {
      let at = row * CO4 + column4;
      output[at] = finish(sum2, column4, at);
    }
  }
  {
    let row = row0 + m0 + 3u;
    if (row < rows) {
      let at = row * CO4 + column4;
      output[at] = finish(sum3, column4, at);
    }
  }
}

