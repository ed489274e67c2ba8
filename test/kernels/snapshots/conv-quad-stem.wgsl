enable subgroups;
const VIEWS = 20u;
const H = 32u;
const W = 32u;
const C4 = 1u;
const OH = 32u;
const OW = 32u;
const CO4 = 16u;
const KERNEL = 3u;
const STRIDE = 1u;
const PADDING = 1u;
const BIAS = true;
const AFFINE = true;
const RELU = true;
const GELU = false;
const RESIDUAL = false;
const RELU_AFTER_ADD = false;
const ROWS = 4u;
const GROUPS = 4u;
// Convolution, and the matrix product as a 1×1 convolution over one position; family for CPU drivers (subgroups of 4–8).
//
//   out[b, oy, ox, o] = epilogue( Σ_ky Σ_kx Σ_c  in[b, oy·STRIDE + ky − PADDING, ox·STRIDE + kx − PADDING, c] · w[o, ky, kx, c] )
//
// Layouts   in [b][H][W][C4] Source;  w [o][ky][kx][C4] Stored;  out, residual [b][OH][OW][CO4] Stored.
// Order     ky, kx, c, one product after another: the same for every family, tile and batch. A tap outside the picture
//           adds ±0, which changes no bit, and is left out where all rows of a workgroup have it outside.
// Work      A quad owns 4·ROWS rows × 4·GROUPS output channels. A row is any (oy, ox, b), the views of a position one after
//           another, so that few views fill the quads and many share their taps. Each lane holds ROWS rows; of every four
//           rows of weights it loads one and gets the others by rotation, so a loaded value serves four lanes. No
//           workgroup memory: a barrier costs more than it saves on a CPU driver.
// Memory    The driver's compiler has 16 registers and keeps what lives long in the wrong ones. So rows and sums are in an
//           array, which stays in memory because the end reads it by an index that is not constant, and a product is
//           load, multiply, add. The inner loop has to fit a CPU's cache of decoded instructions, some 25 KB: ROWS and
//           GROUPS of 4 do, any larger tile does not.
// Lanes     4 a workgroup, or as many as the driver runs at once: several quads, whose rows go on from each other.
// Grid      x · y: ⌈views·OH·OW / (lanes·ROWS)⌉, z: CO4 / GROUPS.

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
  return v;
}

fn finish(sum: vec4f, column4: u32, at: u32) -> vec4f { return finishColumn(sum, columnOf(column4), at); }


const WEIGHTS_ROW = KERNEL * KERNEL * C4;

@compute @workgroup_size(4)
fn main(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(num_workgroups) tiles: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (tile.y * tiles.x + tile.x) * (4u * ROWS);
  let last = count.views * (OH * OW) - 1u;
  if (first > last) { return; }
  let group0 = tile.z * GROUPS;
  let row0 = min(first + lane + 0u, last);
  let view0 = row0 % count.views;
  let position0 = row0 / count.views;
  let y0 = position0 / OW * STRIDE - PADDING; // wraps to a large number above and left of the picture
  let x0 = position0 % OW * STRIDE - PADDING;
  let corner0 = ((view0 * H + y0) * W + x0) * C4;
  let row1 = min(first + lane + 4u, last);
  let view1 = row1 % count.views;
  let position1 = row1 / count.views;
  let y1 = position1 / OW * STRIDE - PADDING; // wraps to a large number above and left of the picture
  let x1 = position1 % OW * STRIDE - PADDING;
  let corner1 = ((view1 * H + y1) * W + x1) * C4;
  let row2 = min(first + lane + 8u, last);
  let view2 = row2 % count.views;
  let position2 = row2 / count.views;
  let y2 = position2 / OW * STRIDE - PADDING; // wraps to a large number above and left of the picture
  let x2 = position2 % OW * STRIDE - PADDING;
  let corner2 = ((view2 * H + y2) * W + x2) * C4;
  let row3 = min(first + lane + 12u, last);
  let view3 = row3 % count.views;
  let position3 = row3 / count.views;
  let y3 = position3 / OW * STRIDE - PADDING; // wraps to a large number above and left of the picture
  let x3 = position3 % OW * STRIDE - PADDING;
  let corner3 = ((view3 * H + y3) * W + x3) * C4;
  // The taps of a line lie one after another, in the picture and in the weights. Where every row of the workgroup
  // has the same taps of it inside, one loop takes them all; where there are few channels, one loop takes all lines.
  let start = first / count.views;
  let end = min(first + (4u * ROWS - 1u), last) / count.views;
  let top = i32(start / OW * STRIDE) - i32(PADDING);
  let bottom = i32(end / OW * STRIDE) - i32(PADDING);
  let left = i32(start % OW * STRIDE) - i32(PADDING);
  let right = i32(end % OW * STRIDE) - i32(PADDING);
  let alone = start == end;
  let low = select(0u, u32(max(-left, 0)), alone);
  let high = select(KERNEL, u32(clamp(i32(W) - left, 0, i32(KERNEL))), alone);
  let inner = (left >= 0) & (right + i32(KERNEL) <= i32(W)) & (top == bottom);
  let across = alone | inner;
  let whole = inner & (top >= 0) & (bottom + i32(KERNEL) <= i32(H));
  let lines = select(1u, KERNEL, whole);
  let taps = select(select(1u, high - low, across), KERNEL * KERNEL, whole);
  var kept: array<vec4f, ROWS + ROWS * GROUPS>; // values of the rows, then sums
  for (var ky = 0u; ky < KERNEL; ky += lines) {
    if ((bottom + i32(ky) < 0) | (top + i32(ky) >= i32(H))) { continue; }
    for (var kx = low; kx < high; kx += taps) {
      let length = taps * C4;
      let tap = (group0 * 4u + lane) * WEIGHTS_ROW + (ky * KERNEL + kx) * C4;
      let tap0 = tap + 0u * WEIGHTS_ROW;
      let tap1 = tap + 4u * WEIGHTS_ROW;
      let tap2 = tap + 8u * WEIGHTS_ROW;
      let tap3 = tap + 12u * WEIGHTS_ROW;
      let inside0 = (y0 + ky < H) & (x0 + kx < W);
      let from0 = select(0u, corner0 + (ky * W + kx) * C4, inside0);
      let mask0 = vec4u(select(0u, 0xffffffffu, inside0));
      let inside1 = (y1 + ky < H) & (x1 + kx < W);
      let from1 = select(0u, corner1 + (ky * W + kx) * C4, inside1);
      let mask1 = vec4u(select(0u, 0xffffffffu, inside1));
      let inside2 = (y2 + ky < H) & (x2 + kx < W);
      let from2 = select(0u, corner2 + (ky * W + kx) * C4, inside2);
      let mask2 = vec4u(select(0u, 0xffffffffu, inside2));
      let inside3 = (y3 + ky < H) & (x3 + kx < W);
      let from3 = select(0u, corner3 + (ky * W + kx) * C4, inside3);
      let mask3 = vec4u(select(0u, 0xffffffffu, inside3));
      for (var c = 0u; c < length; c++) {
        let i = c + c / (KERNEL * C4) * (W * C4 - KERNEL * C4);
        kept[0] = bitcast<vec4f>(bitcast<vec4u>(input[from0 + i]) & mask0);
        kept[1] = bitcast<vec4f>(bitcast<vec4u>(input[from1 + i]) & mask1);
        kept[2] = bitcast<vec4f>(bitcast<vec4u>(input[from2 + i]) & mask2);
        kept[3] = bitcast<vec4f>(bitcast<vec4u>(input[from3 + i]) & mask3);
        let w0 = widen(weights[tap0 + c]);
        let w1 = widen(weights[tap1 + c]);
        let w2 = widen(weights[tap2 + c]);
        let w3 = widen(weights[tap3 + c]);
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
    }
  }
  for (var q = 0u; q < GROUPS; q++) {
    let column = columnOf(group0 + q);
    if (first + lane + 0u <= last) {
      let at = (view0 * (OH * OW) + position0) * CO4 + group0 + q;
      output[at] = narrow(finishColumn(unrotate(kept[4u + q], lane), column, at));
    }
    if (first + lane + 4u <= last) {
      let at = (view1 * (OH * OW) + position1) * CO4 + group0 + q;
      output[at] = narrow(finishColumn(unrotate(kept[8u + q], lane), column, at));
    }
    if (first + lane + 8u <= last) {
      let at = (view2 * (OH * OW) + position2) * CO4 + group0 + q;
      output[at] = narrow(finishColumn(unrotate(kept[12u + q], lane), column, at));
    }
    if (first + lane + 12u <= last) {
      let at = (view3 * (OH * OW) + position3) * CO4 + group0 + q;
      output[at] = narrow(finishColumn(unrotate(kept[16u + q], lane), column, at));
    }
  }
}

