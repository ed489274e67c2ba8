enable subgroups;
const VIEWS = 20u;
const H = 1u;
const W = 1u;
const C4 = 16u;
const OH = 1u;
const OW = 1u;
const CO4 = 16u;
const KERNEL = 1u;
const STRIDE = 1u;
const PADDING = 0u;
const BIAS = true;
const AFFINE = false;
const RELU = false;
const GELU = true;
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

// GELU in its exact form, x/2 · (1 + erf(x / √2)), by two minimax polynomials of single precision:
//
//   |t| ≤ 0.921875:  erf t = t + t·P(t²)          else:  erf |t| = 1 − exp(Q(|t|) − |t|)
//
// 1 + erf t is off by at most 1.2e-7 (measured). For negative t of the second kind it is the exponential itself, so that
// nothing cancels in the tail. Both are always computed and one is selected. NaN and +∞ come out of GELU as they are; −∞
// comes out as NaN.

// eˣ from + and × alone, off by at most 0.98 ulp (measured; 1.3 by analysis, test/kernels/exp-erf.test.ts): WGSL allows its
// own exp (3 + 2|x|) ulp, and drivers differ.
//
//   n = round(x / ln 2);  r = x − n·ln 2 in two steps, n times the first constant being exact;  eʳ = 1 + r + r²·q(r)
//
// with q of degree 4, minimax on |r| ≤ ln 2 / 2. 2ⁿ is put together from bits, one power short so that n = 128 has some.
// Below −86.9 the result is 0; above 88.72 it grows beyond all numbers, to infinity. NaN stays NaN: it is in r.

// The product has at most 22 bits, so this takes nothing from it; but without it Mesa's drivers, which regard sums as
// associative, make the two steps one and are off by 68 ulp (with it, by 1.8).
fn opaque(v: vec4f) -> vec4f { return bitcast<vec4f>(bitcast<vec4u>(v) & vec4u(0xfffffffeu)); }

fn exponential(x: vec4f) -> vec4f {
  let n = round(clamp(x, vec4f(-88.0), vec4f(88.75)) * 1.44269504);
  let r = fma(n, vec4f(-1.42860677e-6), x - opaque(n * 0.693145752));
  let q = fma(fma(fma(fma(r, vec4f(0.00138144335), vec4f(0.00836879667)), r, vec4f(0.0416683964)), r, vec4f(0.166665196)), r, vec4f(0.49999994));
  let p = fma(q * r, r, r) + 1.0;
  let power = bitcast<vec4f>(vec4u(vec4i(n) + 126i) << vec4u(23u));
  return select((p + p) * power, vec4f(), x < vec4f(-86.9));
}


fn onePlusErf(t: vec4f) -> vec4f {
  let a = abs(t);
  let s = t * t;
  var p = fma(s, vec4f(-5.96761703e-4), vec4f(4.99119423e-3));
  p = fma(p, s, vec4f(-2.67681349e-2));
  p = fma(p, s, vec4f(1.12819925e-1));
  p = fma(p, s, vec4f(-3.76125336e-1));
  p = fma(p, s, vec4f(1.28379166e-1));
  var q = fma(a, vec4f(-1.72853470e-5), vec4f(3.83197126e-4));
  q = fma(q, s, fma(a, vec4f(-3.88396438e-3), vec4f(2.42546219e-2)));
  q = fma(q, a, vec4f(-1.06777877e-1));
  q = fma(q, a, vec4f(-6.34846687e-1));
  q = fma(q, a, vec4f(-1.28717512e-1));
  let tail = exponential(fma(q, a, -a));
  let large = select(tail, 2.0 - tail, t > vec4f());
  return select(fma(p, t, t) + 1.0, large, a > vec4f(0.921875));
}

fn gelu(x: vec4f) -> vec4f { return 0.5 * x * onePlusErf(x * 0.707106781); }


fn relu(v: vec4f) -> vec4f { return select(v, vec4f(), v < vec4f()); }

// What a group of four output channels has in `channels`; loaded once where several values of the group are at hand.
struct Column { bias: vec4f, scale: vec4f, shift: vec4f }

fn columnOf(column4: u32) -> Column {
  var column: Column;
  column.bias = channels[column4];
  return column;
}

fn finishColumn(sum: vec4f, column: Column, at: u32) -> vec4f {
  var v = sum;
  v = v + column.bias;
  v = gelu(v);
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
  let low = 0u;
  let high = KERNEL;
  let across = true;
  let whole = true;
  let lines = 1u;
  let taps = select(1u, high - low, across);
  var kept: array<vec4f, ROWS + ROWS * GROUPS>; // values of the rows, then sums
  for (var ky = 0u; ky < KERNEL; ky += lines) {
    for (var kx = low; kx < high; kx += taps) {
      let length = taps * C4;
      let tap = (group0 * 4u + lane) * WEIGHTS_ROW + (ky * KERNEL + kx) * C4;
      let tap0 = tap + 0u * WEIGHTS_ROW;
      let tap1 = tap + 4u * WEIGHTS_ROW;
      let tap2 = tap + 8u * WEIGHTS_ROW;
      let tap3 = tap + 12u * WEIGHTS_ROW;
      let from0 = corner0 + (ky * W + kx) * C4;
      let from1 = corner1 + (ky * W + kx) * C4;
      let from2 = corner2 + (ky * W + kx) * C4;
      let from3 = corner3 + (ky * W + kx) * C4;
      for (var c = 0u; c < length; c++) {
        let i = c;
        kept[0] = widenSource(input[from0 + i]);
        kept[1] = widenSource(input[from1 + i]);
        kept[2] = widenSource(input[from2 + i]);
        kept[3] = widenSource(input[from3 + i]);
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

