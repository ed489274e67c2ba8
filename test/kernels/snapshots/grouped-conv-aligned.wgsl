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
const OUT = 4u;
const BIAS = true;
const AFFINE = true;
const RELU = true;
const GELU = false;
const RESIDUAL = true;
const RELU_AFTER_ADD = true;
const IN = 4u;
const CHANNELS = 64u;
const ALIGNED = true;
const ROWS = 4u;
// Grouped convolution: output channel o reads the IN channels of its group o / OUT alone; portable family.
//
//   out[b, oy, ox, o] = epilogue( Σ_ky Σ_kx Σ_c  in[b, oy·STRIDE + ky − PADDING, ox·STRIDE + kx − PADDING, o / OUT · IN + c] · w[o, ky, kx, c] )
//
// Layouts   in [b][H][W][C4] Stored;  out, residual [b][OH][OW][CO4] Stored;
//           ALIGNED: w [o][ky][kx][IN / 4] Stored;  else w [o][ky][kx][IN], and in is read channel by channel.
// Order     ky, kx, c, one product after another, as in conv-*.wgsl. A tap outside the picture adds ±0 or is left out, which
//           changes no bit.
// Work      ALIGNED (IN and OUT are multiples of 4): a thread owns 4 consecutive outputs (b, oy, ox) × 4 channels of one
//           group. Else a thread owns one output × 4 channels, each of its own group.
// Grid      x · z: ⌈views·OH·OW / (64·ROWS)⌉, y: CO4.

struct Count { views: u32 }

@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * H * W * C4>;
@group(0) @binding(1) var<storage, read> weights: array<Stored, CO4 * 4 * KERNEL * KERNEL * (IN / 4)>;
@group(0) @binding(2) var<storage, read> channels: array<vec4f, 3 * CO4>;
@group(0) @binding(3) var<storage, read_write> output: array<Stored, VIEWS * OH * OW * CO4>;
@group(0) @binding(4) var<uniform> count: Count;
@group(0) @binding(5) var<storage, read> residual: array<Stored, VIEWS * OH * OW * CO4>;

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


@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) tiles: vec3u) {
  let rows = count.views * (OH * OW);
  let first = (id.z * tiles.x * 64u + id.x) * ROWS;
  if (first >= rows) { return; }
  let column4 = id.y;
  let row0 = min(first + 0u, rows - 1u);
  let y0 = row0 / OW % OH * STRIDE - PADDING;
  let x0 = row0 % OW * STRIDE - PADDING;
  let view0 = row0 / (OH * OW) * (H * W);
  var sum0 = vec4f();
  let row1 = min(first + 1u, rows - 1u);
  let y1 = row1 / OW % OH * STRIDE - PADDING;
  let x1 = row1 % OW * STRIDE - PADDING;
  let view1 = row1 / (OH * OW) * (H * W);
  var sum1 = vec4f();
  let row2 = min(first + 2u, rows - 1u);
  let y2 = row2 / OW % OH * STRIDE - PADDING;
  let x2 = row2 % OW * STRIDE - PADDING;
  let view2 = row2 / (OH * OW) * (H * W);
  var sum2 = vec4f();
  let row3 = min(first + 3u, rows - 1u);
  let y3 = row3 / OW % OH * STRIDE - PADDING;
  let x3 = row3 % OW * STRIDE - PADDING;
  let view3 = row3 / (OH * OW) * (H * W);
  var sum3 = vec4f();
  const IN4 = IN / 4u;
  const WEIGHTS_ROW = KERNEL * KERNEL * IN4;
  let group = column4 * 4u / OUT * IN4;
  for (var ky = 0u; ky < KERNEL; ky++) {
    for (var kx = 0u; kx < KERNEL; kx++) {
      let tap = column4 * 4u * WEIGHTS_ROW + (ky * KERNEL + kx) * IN4;
      let inside0 = y0 + ky < H && x0 + kx < W;
      let from0 = select(0u, (view0 + (y0 + ky) * W + x0 + kx) * C4 + group, inside0);
      let inside1 = y1 + ky < H && x1 + kx < W;
      let from1 = select(0u, (view1 + (y1 + ky) * W + x1 + kx) * C4 + group, inside1);
      let inside2 = y2 + ky < H && x2 + kx < W;
      let from2 = select(0u, (view2 + (y2 + ky) * W + x2 + kx) * C4 + group, inside2);
      let inside3 = y3 + ky < H && x3 + kx < W;
      let from3 = select(0u, (view3 + (y3 + ky) * W + x3 + kx) * C4 + group, inside3);
      for (var c = 0u; c < IN4; c++) {
        let w0 = widen(weights[tap + 0u * WEIGHTS_ROW + c]);
        let w1 = widen(weights[tap + 1u * WEIGHTS_ROW + c]);
        let w2 = widen(weights[tap + 2u * WEIGHTS_ROW + c]);
        let w3 = widen(weights[tap + 3u * WEIGHTS_ROW + c]);
        let a0 = select(vec4f(), widen(input[from0 + c]), inside0);
        sum0 = fma(vec4f(a0.x), vec4f(w0.x, w1.x, w2.x, w3.x), sum0);
        sum0 = fma(vec4f(a0.y), vec4f(w0.y, w1.y, w2.y, w3.y), sum0);
        sum0 = fma(vec4f(a0.z), vec4f(w0.z, w1.z, w2.z, w3.z), sum0);
        sum0 = fma(vec4f(a0.w), vec4f(w0.w, w1.w, w2.w, w3.w), sum0);
        let a1 = select(vec4f(), widen(input[from1 + c]), inside1);
        sum1 = fma(vec4f(a1.x), vec4f(w0.x, w1.x, w2.x, w3.x), sum1);
        sum1 = fma(vec4f(a1.y), vec4f(w0.y, w1.y, w2.y, w3.y), sum1);
        sum1 = fma(vec4f(a1.z), vec4f(w0.z, w1.z, w2.z, w3.z), sum1);
        sum1 = fma(vec4f(a1.w), vec4f(w0.w, w1.w, w2.w, w3.w), sum1);
        let a2 = select(vec4f(), widen(input[from2 + c]), inside2);
        sum2 = fma(vec4f(a2.x), vec4f(w0.x, w1.x, w2.x, w3.x), sum2);
        sum2 = fma(vec4f(a2.y), vec4f(w0.y, w1.y, w2.y, w3.y), sum2);
        sum2 = fma(vec4f(a2.z), vec4f(w0.z, w1.z, w2.z, w3.z), sum2);
        sum2 = fma(vec4f(a2.w), vec4f(w0.w, w1.w, w2.w, w3.w), sum2);
        let a3 = select(vec4f(), widen(input[from3 + c]), inside3);
        sum3 = fma(vec4f(a3.x), vec4f(w0.x, w1.x, w2.x, w3.x), sum3);
        sum3 = fma(vec4f(a3.y), vec4f(w0.y, w1.y, w2.y, w3.y), sum3);
        sum3 = fma(vec4f(a3.z), vec4f(w0.z, w1.z, w2.z, w3.z), sum3);
        sum3 = fma(vec4f(a3.w), vec4f(w0.w, w1.w, w2.w, w3.w), sum3);
      }
    }
  }
  if (first + 0u < rows) {
    let at = (first + 0u) * CO4 + column4;
    output[at] = narrow(finish(sum0, column4, at));
  }
  if (first + 1u < rows) {
    let at = (first + 1u) * CO4 + column4;
    output[at] = narrow(finish(sum1, column4, at));
  }
  if (first + 2u < rows) {
    let at = (first + 2u) * CO4 + column4;
    output[at] = narrow(finish(sum2, column4, at));
  }
  if (first + 3u < rows) {
    let at = (first + 3u) * CO4 + column4;
    output[at] = narrow(finish(sum3, column4, at));
  }
}

