enable subgroups;
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
const IN4 = 1u;
const ROWS = 2u;
const GROUPS = 1u;
// Grouped convolution whose groups are multiples of 4 channels, in and out; family for CPU drivers.
//
//   out[b, oy, ox, o] = epilogue( Σ_ky Σ_kx Σ_c  in[b, oy·STRIDE + ky − PADDING, ox·STRIDE + kx − PADDING, o / OUT · IN + c] · w[o, ky, kx, c] )
//
// Layouts   in [b][H][W][C4] Stored;  w [o][ky][kx][IN4] Stored, IN = 4·IN4;  out, residual [b][OH][OW][CO4] Stored.
// Order     ky, kx, c, one product after another, as in grouped-conv.wgsl. A tap outside the picture is left out.
// Work      As conv-quad.wgsl: a workgroup owns lanes·ROWS views at one output position × 4·GROUPS channels of one group.
// Grid      x: ⌈views / (lanes·ROWS)⌉, y · (z / (CO4 / GROUPS)): OH·OW, z: CO4 / GROUPS times as often as y needs.

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


struct Count { views: u32 }

@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * H * W * C4>;
@group(0) @binding(1) var<storage, read> weights: array<Stored, CO4 * 4 * KERNEL * KERNEL * IN4>;
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


const WEIGHTS_ROW = KERNEL * KERNEL * IN4;

@compute @workgroup_size(4)
fn main(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(num_workgroups) tiles: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = tile.x * (4u * ROWS) + lane;
  let last = count.views - 1u;
  let position = tile.z / (CO4 / GROUPS) * tiles.y + tile.y;
  if (position >= OH * OW) { return; }
  let oy = position / OW;
  let ox = position % OW;
  let group0 = tile.z % (CO4 / GROUPS) * GROUPS;
  let group = group0 * 4u / OUT * IN4;
  let view0 = min(first + 0u, last) * (H * W * C4) + group;
  var sum0_0_0 = 0.0;
  var sum0_0_1 = 0.0;
  var sum0_0_2 = 0.0;
  var sum0_0_3 = 0.0;
  let view1 = min(first + 4u, last) * (H * W * C4) + group;
  var sum1_0_0 = 0.0;
  var sum1_0_1 = 0.0;
  var sum1_0_2 = 0.0;
  var sum1_0_3 = 0.0;
  for (var ky = 0u; ky < KERNEL; ky++) {
    let y = oy * STRIDE + ky - PADDING; // wraps to a large number above the picture
    if (y >= H) { continue; }
    // The weights of the taps of a row that are inside the picture lie one after another.
    let x0 = min(max(ox * STRIDE, PADDING) - PADDING, W);
    let x1 = min(max(ox * STRIDE + KERNEL, PADDING) - PADDING, W);
    let pixel = (y * W + x0) * C4;
    let tap = (group0 * 4u + lane % 4u) * WEIGHTS_ROW + (ky * KERNEL + x0 + PADDING - ox * STRIDE) * IN4;
    let line0 = view0 + pixel;
    let line1 = view1 + pixel;
    let tap0 = tap + 0u * WEIGHTS_ROW;
    for (var t = 0u; t < (x1 - x0) * IN4; t++) {
      let c = t / IN4 * C4 + t % IN4;
      let a0 = widen(input[line0 + c]);
      let a1 = widen(input[line1 + c]);
      {
        let w = widen(weights[tap0 + t]);
        {
          let v = rotate0(w);
          sum0_0_0 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_0_0))));
          sum1_0_0 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_0_0))));
        }
        {
          let v = rotate1(w);
          sum0_0_1 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_0_1))));
          sum1_0_1 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_0_1))));
        }
        {
          let v = rotate2(w);
          sum0_0_2 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_0_2))));
          sum1_0_2 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_0_2))));
        }
        {
          let v = rotate3(w);
          sum0_0_3 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_0_3))));
          sum1_0_3 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_0_3))));
        }
      }
    }
  }
  if (first + 0u <= last) {
    let at = ((first + 0u) * (OH * OW) + position) * CO4 + group0;
    output[at + 0u] = narrow(finish(unrotate(vec4f(sum0_0_0, sum0_0_1, sum0_0_2, sum0_0_3), lane), group0 + 0u, at + 0u));
  }
  if (first + 4u <= last) {
    let at = ((first + 4u) * (OH * OW) + position) * CO4 + group0;
    output[at + 0u] = narrow(finish(unrotate(vec4f(sum1_0_0, sum1_0_1, sum1_0_2, sum1_0_3), lane), group0 + 0u, at + 0u));
  }
}

