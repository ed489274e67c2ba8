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
const OUT = 1u;
const BIAS = false;
const AFFINE = false;
const RELU = false;
const GELU = false;
const RESIDUAL = false;
const RELU_AFTER_ADD = false;
const IN = 1u;
const CHANNELS = 64u;
const ALIGNED = false;
const ROWS = 1u;
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

@group(0) @binding(0) var<storage, read> input: array<f32, VIEWS * H * W * C4 * 4>;
@group(0) @binding(1) var<storage, read> weights: array<f32, CO4 * 4 * KERNEL * KERNEL * IN>;
@group(0) @binding(2) var<storage, read> channels: array<vec4f, 3 * CO4>;
@group(0) @binding(3) var<storage, read_write> output: array<Stored, VIEWS * OH * OW * CO4>;
@group(0) @binding(4) var<uniform> count: Count;

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
  return column;
}

fn finishColumn(sum: vec4f, column: Column, at: u32) -> vec4f {
  var v = sum;
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
  const WEIGHTS_ROW = KERNEL * KERNEL * IN;
  // Channels beyond the last are made of zero weights; they read some group that exists.
  let group0 = min(column4 * 4u + 0u, CHANNELS - 1u) / OUT * IN;
  // Channels beyond the last are made of zero weights; they read some group that exists.
  let group1 = min(column4 * 4u + 1u, CHANNELS - 1u) / OUT * IN;
  // Channels beyond the last are made of zero weights; they read some group that exists.
  let group2 = min(column4 * 4u + 2u, CHANNELS - 1u) / OUT * IN;
  // Channels beyond the last are made of zero weights; they read some group that exists.
  let group3 = min(column4 * 4u + 3u, CHANNELS - 1u) / OUT * IN;
  for (var ky = 0u; ky < KERNEL; ky++) {
    for (var kx = 0u; kx < KERNEL; kx++) {
      if (y0 + ky >= H || x0 + kx >= W) { continue; }
      let pixel = (view0 + (y0 + ky) * W + x0 + kx) * (4u * C4);
      let tap = column4 * 4u * WEIGHTS_ROW + (ky * KERNEL + kx) * IN;
      for (var c = 0u; c < IN; c++) {
        let a = vec4f(input[pixel + group0 + c], input[pixel + group1 + c], input[pixel + group2 + c], input[pixel + group3 + c]);
        let w = vec4f(weights[tap + c], weights[tap + WEIGHTS_ROW + c], weights[tap + 2u * WEIGHTS_ROW + c], weights[tap + 3u * WEIGHTS_ROW + c]);
        sum0 = fma(a, w, sum0);
      }
    }
  }
  if (first + 0u < rows) {
    let at = (first + 0u) * CO4 + column4;
    output[at] = narrow(finish(sum0, column4, at));
  }
}

