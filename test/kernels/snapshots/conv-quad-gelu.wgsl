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
const ROWS = 2u;
const GROUPS = 4u;
// Convolution, and the matrix product as a 1×1 convolution over one position; family for CPU drivers (subgroups of 4–8).
//
//   out[b, oy, ox, o] = epilogue( Σ_ky Σ_kx Σ_c  in[b, oy·STRIDE + ky − PADDING, ox·STRIDE + kx − PADDING, c] · w[o, ky, kx, c] )
//
// Layouts   in [b][H][W][C4] vec4f;  w [o][ky][kx][C4] vec4f;  out, residual [b][OH][OW][CO4] vec4f.
// Order     ky, kx, c, one product after another: the same for every family, tile and batch. A tap outside the picture
//           would add ±0, which changes no bit, and is left out.
// Work      A quad owns 4·ROWS rows × 4·GROUPS output channels. Each lane holds ROWS rows; of every four rows of weights
//           it loads one and gets the others by rotation, so a loaded value serves four lanes. No workgroup memory: a
//           barrier costs more than it saves on a CPU driver. A row is a view at one output position of the quad; without
//           padding all positions read the same taps, and a row is any (b, oy, ox), so that few views fill the quads too.
// Grid      x: ⌈views / (4·ROWS)⌉, y · (z / (CO4 / GROUPS)): OH·OW, z: CO4 / GROUPS times as often as y needs.
//           PADDING 0: x · y: ⌈views·OH·OW / (4·ROWS)⌉, z: CO4 / GROUPS.

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

@group(0) @binding(0) var<storage, read> input: array<vec4f, VIEWS * H * W * C4>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f, CO4 * 4 * KERNEL * KERNEL * C4>;
@group(0) @binding(2) var<storage, read> channels: array<vec4f, 3 * CO4>;
@group(0) @binding(3) var<storage, read_write> output: array<vec4f, VIEWS * OH * OW * CO4>;
@group(0) @binding(4) var<uniform> count: Count;

// What happens to a value before it is stored, each part by its constant:
//   v + bias · BIAS;  v · scale + shift · AFFINE;  max(v, 0) · RELU, or gelu(v) · GELU;  v + residual · RESIDUAL;
//   max(v, 0) · RELU_AFTER_ADD
// ReLU is a selection, not max(): max(NaN, 0) is 0 on some drivers and would hide a NaN.
// `channels` holds bias, scale, shift, one after another, CO4 vec4f each.

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

fn exponential(x: vec4f) -> vec4f {
  let n = round(clamp(x, vec4f(-88.0), vec4f(88.75)) * 1.44269504);
  let r = fma(n, vec4f(-1.42860677e-6), fma(n, vec4f(-0.693145752), x));
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

fn finish(sum: vec4f, column4: u32, at: u32) -> vec4f {
  var v = sum;
  v = v + channels[column4];
  v = gelu(v);
  return v;
}


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
  let from0 = ((row0 / (OH * OW) * H + row0 / OW % OH * STRIDE) * W + row0 % OW * STRIDE) * C4;
  let row1 = min(first + lane + 4u, last);
  let from1 = ((row1 / (OH * OW) * H + row1 / OW % OH * STRIDE) * W + row1 % OW * STRIDE) * C4;
  var sum0_0_0 = 0.0;
  var sum0_0_1 = 0.0;
  var sum0_0_2 = 0.0;
  var sum0_0_3 = 0.0;
  var sum0_1_0 = 0.0;
  var sum0_1_1 = 0.0;
  var sum0_1_2 = 0.0;
  var sum0_1_3 = 0.0;
  var sum0_2_0 = 0.0;
  var sum0_2_1 = 0.0;
  var sum0_2_2 = 0.0;
  var sum0_2_3 = 0.0;
  var sum0_3_0 = 0.0;
  var sum0_3_1 = 0.0;
  var sum0_3_2 = 0.0;
  var sum0_3_3 = 0.0;
  var sum1_0_0 = 0.0;
  var sum1_0_1 = 0.0;
  var sum1_0_2 = 0.0;
  var sum1_0_3 = 0.0;
  var sum1_1_0 = 0.0;
  var sum1_1_1 = 0.0;
  var sum1_1_2 = 0.0;
  var sum1_1_3 = 0.0;
  var sum1_2_0 = 0.0;
  var sum1_2_1 = 0.0;
  var sum1_2_2 = 0.0;
  var sum1_2_3 = 0.0;
  var sum1_3_0 = 0.0;
  var sum1_3_1 = 0.0;
  var sum1_3_2 = 0.0;
  var sum1_3_3 = 0.0;
  for (var ky = 0u; ky < KERNEL; ky++) {
    let length = KERNEL * C4;
    let tap = (group0 * 4u + lane) * WEIGHTS_ROW + ky * length;
    let line0 = from0 + ky * (W * C4);
    let line1 = from1 + ky * (W * C4);
    let tap0 = tap + 0u * WEIGHTS_ROW;
    let tap1 = tap + 4u * WEIGHTS_ROW;
    let tap2 = tap + 8u * WEIGHTS_ROW;
    let tap3 = tap + 12u * WEIGHTS_ROW;
    for (var c = 0u; c < length; c++) {
      let a0 = input[line0 + c];
      let a1 = input[line1 + c];
      {
        let w = weights[tap0 + c];
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
      {
        let w = weights[tap1 + c];
        {
          let v = rotate0(w);
          sum0_1_0 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_1_0))));
          sum1_1_0 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_1_0))));
        }
        {
          let v = rotate1(w);
          sum0_1_1 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_1_1))));
          sum1_1_1 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_1_1))));
        }
        {
          let v = rotate2(w);
          sum0_1_2 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_1_2))));
          sum1_1_2 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_1_2))));
        }
        {
          let v = rotate3(w);
          sum0_1_3 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_1_3))));
          sum1_1_3 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_1_3))));
        }
      }
      {
        let w = weights[tap2 + c];
        {
          let v = rotate0(w);
          sum0_2_0 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_2_0))));
          sum1_2_0 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_2_0))));
        }
        {
          let v = rotate1(w);
          sum0_2_1 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_2_1))));
          sum1_2_1 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_2_1))));
        }
        {
          let v = rotate2(w);
          sum0_2_2 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_2_2))));
          sum1_2_2 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_2_2))));
        }
        {
          let v = rotate3(w);
          sum0_2_3 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_2_3))));
          sum1_2_3 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_2_3))));
        }
      }
      {
        let w = weights[tap3 + c];
        {
          let v = rotate0(w);
          sum0_3_0 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_3_0))));
          sum1_3_0 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_3_0))));
        }
        {
          let v = rotate1(w);
          sum0_3_1 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_3_1))));
          sum1_3_1 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_3_1))));
        }
        {
          let v = rotate2(w);
          sum0_3_2 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_3_2))));
          sum1_3_2 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_3_2))));
        }
        {
          let v = rotate3(w);
          sum0_3_3 = fma(a0.w, v.w, fma(a0.z, v.z, fma(a0.y, v.y, fma(a0.x, v.x, sum0_3_3))));
          sum1_3_3 = fma(a1.w, v.w, fma(a1.z, v.z, fma(a1.y, v.y, fma(a1.x, v.x, sum1_3_3))));
        }
      }
    }
  }
  if (first + lane + 0u <= last) {
    let at = (first + lane + 0u) * CO4 + group0;
    output[at + 0u] = finish(unrotate(vec4f(sum0_0_0, sum0_0_1, sum0_0_2, sum0_0_3), lane), group0 + 0u, at + 0u);
    output[at + 1u] = finish(unrotate(vec4f(sum0_1_0, sum0_1_1, sum0_1_2, sum0_1_3), lane), group0 + 1u, at + 1u);
    output[at + 2u] = finish(unrotate(vec4f(sum0_2_0, sum0_2_1, sum0_2_2, sum0_2_3), lane), group0 + 2u, at + 2u);
    output[at + 3u] = finish(unrotate(vec4f(sum0_3_0, sum0_3_1, sum0_3_2, sum0_3_3), lane), group0 + 3u, at + 3u);
  }
  if (first + lane + 4u <= last) {
    let at = (first + lane + 4u) * CO4 + group0;
    output[at + 0u] = finish(unrotate(vec4f(sum1_0_0, sum1_0_1, sum1_0_2, sum1_0_3), lane), group0 + 0u, at + 0u);
    output[at + 1u] = finish(unrotate(vec4f(sum1_1_0, sum1_1_1, sum1_1_2, sum1_1_3), lane), group0 + 1u, at + 1u);
    output[at + 2u] = finish(unrotate(vec4f(sum1_2_0, sum1_2_1, sum1_2_2, sum1_2_3), lane), group0 + 2u, at + 2u);
    output[at + 3u] = finish(unrotate(vec4f(sum1_3_0, sum1_3_1, sum1_3_2, sum1_3_3), lane), group0 + 3u, at + 3u);
  }
}

