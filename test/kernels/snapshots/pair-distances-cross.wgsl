const VIEWS = 32u;
const ROWS = 16u;
const LENGTH4 = 1024u;
const STORED4 = 1024u;
const OFFSET4 = 0u;
const SLICES = 8u;
const PAIRS = 120u;
const BLOCK = 8u;
const NORMALIZED = true;
const L1 = false;
const CLEAN = false;
const CROSS = true;
// Second reading of a tap, per image: distances between its views, summed over slices of the features.
//
//   parts[i, s, (j, k)] = Σ_e |z_j[e] − z_k[e]|²   (L1: Σ_e |z_j[e] − z_k[e]|)   over the elements e of slice s
//   z_v = features of view v, divided by their ℓ2 norm where NORMALIZED (a zero vector stays zero): the LENGTH4 groups
//         of its STORED4 from OFFSET4 on
//
// Differences are taken before they are squared: 2 − 2·cos would cancel for views that are close, which is what an
// alignment measures.
//
// Layouts   in [image·ROWS + view][STORED4] Stored;  norms [image·ROWS + view] vec2f (view-norms.wgsl);
//           parts [image][SLICES][PAIRS] f32. Pair (j, k), j < k, stands at j·(2·ROWS − j − 1)/2 + k − j − 1; with CLEAN
//           there are only the pairs (0, k), at k − 1.
// Order     elements ascending, x, y, z, w.
// Work      A thread per image and slice (and block of views): every view of the block is loaded once for all pairs.
//           BLOCK views j, and with CROSS further BLOCK views k of another block.
// Grid      x: ⌈SLICES / 32⌉, y: images, z: blocks (CROSS: pairs of blocks in the same order as pairs).

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


@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * STORED4>;
@group(0) @binding(1) var<storage, read> norms: array<vec2f, VIEWS>;
@group(0) @binding(2) var<storage, read_write> parts: array<f32, VIEWS / ROWS * SLICES * PAIRS>;

const SLICE = (LENGTH4 + SLICES - 1u) / SLICES;
const BLOCKS = (ROWS + BLOCK - 1u) / BLOCK;

fn scale(view: u32) -> f32 {
  let square = norms[view].x;
  return select(0.0, 1.0 / sqrt(square), square > 0.0);
}

fn accumulate(sum: f32, a: vec4f, b: vec4f) -> f32 {
  let d = a - b;
  return fma(d.w, d.w, fma(d.z, d.z, fma(d.y, d.y, fma(d.x, d.x, sum))));
}

fn store(image: u32, slice: u32, j: u32, k: u32, sum: f32) {
  if (k < ROWS) {
    parts[(image * SLICES + slice) * PAIRS + j * (2u * ROWS - j - 1u) / 2u + k - j - 1u] = sum;
  }
}

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= SLICES) { return; }
  let first = id.x * SLICE;
  let end = min(first + SLICE, LENGTH4);
  var j0 = 0u;
  var k0 = id.z + 1u;
  while (k0 >= BLOCKS) { // the id.z-th pair of blocks
    j0 += 1u;
    k0 = k0 - BLOCKS + j0 + 1u;
  }
  j0 *= BLOCK;
  k0 *= BLOCK;
  let viewJ0 = id.y * ROWS + min(j0 + 0u, ROWS - 1u);
  let scaleJ0 = scale(viewJ0);
  let viewJ1 = id.y * ROWS + min(j0 + 1u, ROWS - 1u);
  let scaleJ1 = scale(viewJ1);
  let viewJ2 = id.y * ROWS + min(j0 + 2u, ROWS - 1u);
  let scaleJ2 = scale(viewJ2);
  let viewJ3 = id.y * ROWS + min(j0 + 3u, ROWS - 1u);
  let scaleJ3 = scale(viewJ3);
  let viewJ4 = id.y * ROWS + min(j0 + 4u, ROWS - 1u);
  let scaleJ4 = scale(viewJ4);
  let viewJ5 = id.y * ROWS + min(j0 + 5u, ROWS - 1u);
  let scaleJ5 = scale(viewJ5);
  let viewJ6 = id.y * ROWS + min(j0 + 6u, ROWS - 1u);
  let scaleJ6 = scale(viewJ6);
  let viewJ7 = id.y * ROWS + min(j0 + 7u, ROWS - 1u);
  let scaleJ7 = scale(viewJ7);
  let viewK0 = id.y * ROWS + min(k0 + 0u, ROWS - 1u);
  let scaleK0 = scale(viewK0);
  let viewK1 = id.y * ROWS + min(k0 + 1u, ROWS - 1u);
  let scaleK1 = scale(viewK1);
  let viewK2 = id.y * ROWS + min(k0 + 2u, ROWS - 1u);
  let scaleK2 = scale(viewK2);
  let viewK3 = id.y * ROWS + min(k0 + 3u, ROWS - 1u);
  let scaleK3 = scale(viewK3);
  let viewK4 = id.y * ROWS + min(k0 + 4u, ROWS - 1u);
  let scaleK4 = scale(viewK4);
  let viewK5 = id.y * ROWS + min(k0 + 5u, ROWS - 1u);
  let scaleK5 = scale(viewK5);
  let viewK6 = id.y * ROWS + min(k0 + 6u, ROWS - 1u);
  let scaleK6 = scale(viewK6);
  let viewK7 = id.y * ROWS + min(k0 + 7u, ROWS - 1u);
  let scaleK7 = scale(viewK7);
  var sum0_0 = 0.0;
  var sum0_1 = 0.0;
  var sum0_2 = 0.0;
  var sum0_3 = 0.0;
  var sum0_4 = 0.0;
  var sum0_5 = 0.0;
  var sum0_6 = 0.0;
  var sum0_7 = 0.0;
  var sum1_0 = 0.0;
  var sum1_1 = 0.0;
  var sum1_2 = 0.0;
  var sum1_3 = 0.0;
  var sum1_4 = 0.0;
  var sum1_5 = 0.0;
  var sum1_6 = 0.0;
  var sum1_7 = 0.0;
  var sum2_0 = 0.0;
  var sum2_1 = 0.0;
  var sum2_2 = 0.0;
  var sum2_3 = 0.0;
  var sum2_4 = 0.0;
  var sum2_5 = 0.0;
  var sum2_6 = 0.0;
  var sum2_7 = 0.0;
  var sum3_0 = 0.0;
  var sum3_1 = 0.0;
  var sum3_2 = 0.0;
  var sum3_3 = 0.0;
  var sum3_4 = 0.0;
  var sum3_5 = 0.0;
  var sum3_6 = 0.0;
  var sum3_7 = 0.0;
  var sum4_0 = 0.0;
  var sum4_1 = 0.0;
  var sum4_2 = 0.0;
  var sum4_3 = 0.0;
  var sum4_4 = 0.0;
  var sum4_5 = 0.0;
  var sum4_6 = 0.0;
  var sum4_7 = 0.0;
  var sum5_0 = 0.0;
  var sum5_1 = 0.0;
  var sum5_2 = 0.0;
  var sum5_3 = 0.0;
  var sum5_4 = 0.0;
  var sum5_5 = 0.0;
  var sum5_6 = 0.0;
  var sum5_7 = 0.0;
  var sum6_0 = 0.0;
  var sum6_1 = 0.0;
  var sum6_2 = 0.0;
  var sum6_3 = 0.0;
  var sum6_4 = 0.0;
  var sum6_5 = 0.0;
  var sum6_6 = 0.0;
  var sum6_7 = 0.0;
  var sum7_0 = 0.0;
  var sum7_1 = 0.0;
  var sum7_2 = 0.0;
  var sum7_3 = 0.0;
  var sum7_4 = 0.0;
  var sum7_5 = 0.0;
  var sum7_6 = 0.0;
  var sum7_7 = 0.0;
  for (var e = first; e < end; e++) {
    let zj0 = widen(input[viewJ0 * STORED4 + OFFSET4 + e]) * scaleJ0;
    let zj1 = widen(input[viewJ1 * STORED4 + OFFSET4 + e]) * scaleJ1;
    let zj2 = widen(input[viewJ2 * STORED4 + OFFSET4 + e]) * scaleJ2;
    let zj3 = widen(input[viewJ3 * STORED4 + OFFSET4 + e]) * scaleJ3;
    let zj4 = widen(input[viewJ4 * STORED4 + OFFSET4 + e]) * scaleJ4;
    let zj5 = widen(input[viewJ5 * STORED4 + OFFSET4 + e]) * scaleJ5;
    let zj6 = widen(input[viewJ6 * STORED4 + OFFSET4 + e]) * scaleJ6;
    let zj7 = widen(input[viewJ7 * STORED4 + OFFSET4 + e]) * scaleJ7;
    let zk0 = widen(input[viewK0 * STORED4 + OFFSET4 + e]) * scaleK0;
    let zk1 = widen(input[viewK1 * STORED4 + OFFSET4 + e]) * scaleK1;
    let zk2 = widen(input[viewK2 * STORED4 + OFFSET4 + e]) * scaleK2;
    let zk3 = widen(input[viewK3 * STORED4 + OFFSET4 + e]) * scaleK3;
    let zk4 = widen(input[viewK4 * STORED4 + OFFSET4 + e]) * scaleK4;
    let zk5 = widen(input[viewK5 * STORED4 + OFFSET4 + e]) * scaleK5;
    let zk6 = widen(input[viewK6 * STORED4 + OFFSET4 + e]) * scaleK6;
    let zk7 = widen(input[viewK7 * STORED4 + OFFSET4 + e]) * scaleK7;
    sum0_0 = accumulate(sum0_0, zj0, zk0);
    sum0_1 = accumulate(sum0_1, zj0, zk1);
    sum0_2 = accumulate(sum0_2, zj0, zk2);
    sum0_3 = accumulate(sum0_3, zj0, zk3);
    sum0_4 = accumulate(sum0_4, zj0, zk4);
    sum0_5 = accumulate(sum0_5, zj0, zk5);
    sum0_6 = accumulate(sum0_6, zj0, zk6);
    sum0_7 = accumulate(sum0_7, zj0, zk7);
    sum1_0 = accumulate(sum1_0, zj1, zk0);
    sum1_1 = accumulate(sum1_1, zj1, zk1);
    sum1_2 = accumulate(sum1_2, zj1, zk2);
    sum1_3 = accumulate(sum1_3, zj1, zk3);
    sum1_4 = accumulate(sum1_4, zj1, zk4);
    sum1_5 = accumulate(sum1_5, zj1, zk5);
    sum1_6 = accumulate(sum1_6, zj1, zk6);
    sum1_7 = accumulate(sum1_7, zj1, zk7);
    sum2_0 = accumulate(sum2_0, zj2, zk0);
    sum2_1 = accumulate(sum2_1, zj2, zk1);
    sum2_2 = accumulate(sum2_2, zj2, zk2);
    sum2_3 = accumulate(sum2_3, zj2, zk3);
    sum2_4 = accumulate(sum2_4, zj2, zk4);
    sum2_5 = accumulate(sum2_5, zj2, zk5);
    sum2_6 = accumulate(sum2_6, zj2, zk6);
    sum2_7 = accumulate(sum2_7, zj2, zk7);
    sum3_0 = accumulate(sum3_0, zj3, zk0);
    sum3_1 = accumulate(sum3_1, zj3, zk1);
    sum3_2 = accumulate(sum3_2, zj3, zk2);
    sum3_3 = accumulate(sum3_3, zj3, zk3);
    sum3_4 = accumulate(sum3_4, zj3, zk4);
    sum3_5 = accumulate(sum3_5, zj3, zk5);
    sum3_6 = accumulate(sum3_6, zj3, zk6);
    sum3_7 = accumulate(sum3_7, zj3, zk7);
    sum4_0 = accumulate(sum4_0, zj4, zk0);
    sum4_1 = accumulate(sum4_1, zj4, zk1);
    sum4_2 = accumulate(sum4_2, zj4, zk2);
    sum4_3 = accumulate(sum4_3, zj4, zk3);
    sum4_4 = accumulate(sum4_4, zj4, zk4);
    sum4_5 = accumulate(sum4_5, zj4, zk5);
    sum4_6 = accumulate(sum4_6, zj4, zk6);
    sum4_7 = accumulate(sum4_7, zj4, zk7);
    sum5_0 = accumulate(sum5_0, zj5, zk0);
    sum5_1 = accumulate(sum5_1, zj5, zk1);
    sum5_2 = accumulate(sum5_2, zj5, zk2);
    sum5_3 = accumulate(sum5_3, zj5, zk3);
    sum5_4 = accumulate(sum5_4, zj5, zk4);
    sum5_5 = accumulate(sum5_5, zj5, zk5);
    sum5_6 = accumulate(sum5_6, zj5, zk6);
    sum5_7 = accumulate(sum5_7, zj5, zk7);
    sum6_0 = accumulate(sum6_0, zj6, zk0);
    sum6_1 = accumulate(sum6_1, zj6, zk1);
    sum6_2 = accumulate(sum6_2, zj6, zk2);
    sum6_3 = accumulate(sum6_3, zj6, zk3);
    sum6_4 = accumulate(sum6_4, zj6, zk4);
    sum6_5 = accumulate(sum6_5, zj6, zk5);
    sum6_6 = accumulate(sum6_6, zj6, zk6);
    sum6_7 = accumulate(sum6_7, zj6, zk7);
    sum7_0 = accumulate(sum7_0, zj7, zk0);
    sum7_1 = accumulate(sum7_1, zj7, zk1);
    sum7_2 = accumulate(sum7_2, zj7, zk2);
    sum7_3 = accumulate(sum7_3, zj7, zk3);
    sum7_4 = accumulate(sum7_4, zj7, zk4);
    sum7_5 = accumulate(sum7_5, zj7, zk5);
    sum7_6 = accumulate(sum7_6, zj7, zk6);
    sum7_7 = accumulate(sum7_7, zj7, zk7);
  }
  store(id.y, id.x, j0 + 0u, k0 + 0u, sum0_0);
  store(id.y, id.x, j0 + 0u, k0 + 1u, sum0_1);
  store(id.y, id.x, j0 + 0u, k0 + 2u, sum0_2);
  store(id.y, id.x, j0 + 0u, k0 + 3u, sum0_3);
  store(id.y, id.x, j0 + 0u, k0 + 4u, sum0_4);
  store(id.y, id.x, j0 + 0u, k0 + 5u, sum0_5);
  store(id.y, id.x, j0 + 0u, k0 + 6u, sum0_6);
  store(id.y, id.x, j0 + 0u, k0 + 7u, sum0_7);
  store(id.y, id.x, j0 + 1u, k0 + 0u, sum1_0);
  store(id.y, id.x, j0 + 1u, k0 + 1u, sum1_1);
  store(id.y, id.x, j0 + 1u, k0 + 2u, sum1_2);
  store(id.y, id.x, j0 + 1u, k0 + 3u, sum1_3);
  store(id.y, id.x, j0 + 1u, k0 + 4u, sum1_4);
  store(id.y, id.x, j0 + 1u, k0 + 5u, sum1_5);
  store(id.y, id.x, j0 + 1u, k0 + 6u, sum1_6);
  store(id.y, id.x, j0 + 1u, k0 + 7u, sum1_7);
  store(id.y, id.x, j0 + 2u, k0 + 0u, sum2_0);
  store(id.y, id.x, j0 + 2u, k0 + 1u, sum2_1);
  store(id.y, id.x, j0 + 2u, k0 + 2u, sum2_2);
  store(id.y, id.x, j0 + 2u, k0 + 3u, sum2_3);
  store(id.y, id.x, j0 + 2u, k0 + 4u, sum2_4);
  store(id.y, id.x, j0 + 2u, k0 + 5u, sum2_5);
  store(id.y, id.x, j0 + 2u, k0 + 6u, sum2_6);
  store(id.y, id.x, j0 + 2u, k0 + 7u, sum2_7);
  store(id.y, id.x, j0 + 3u, k0 + 0u, sum3_0);
  store(id.y, id.x, j0 + 3u, k0 + 1u, sum3_1);
  store(id.y, id.x, j0 + 3u, k0 + 2u, sum3_2);
  store(id.y, id.x, j0 + 3u, k0 + 3u, sum3_3);
  store(id.y, id.x, j0 + 3u, k0 + 4u, sum3_4);
  store(id.y, id.x, j0 + 3u, k0 + 5u, sum3_5);
  store(id.y, id.x, j0 + 3u, k0 + 6u, sum3_6);
  store(id.y, id.x, j0 + 3u, k0 + 7u, sum3_7);
  store(id.y, id.x, j0 + 4u, k0 + 0u, sum4_0);
  store(id.y, id.x, j0 + 4u, k0 + 1u, sum4_1);
  store(id.y, id.x, j0 + 4u, k0 + 2u, sum4_2);
  store(id.y, id.x, j0 + 4u, k0 + 3u, sum4_3);
  store(id.y, id.x, j0 + 4u, k0 + 4u, sum4_4);
  store(id.y, id.x, j0 + 4u, k0 + 5u, sum4_5);
  store(id.y, id.x, j0 + 4u, k0 + 6u, sum4_6);
  store(id.y, id.x, j0 + 4u, k0 + 7u, sum4_7);
  store(id.y, id.x, j0 + 5u, k0 + 0u, sum5_0);
  store(id.y, id.x, j0 + 5u, k0 + 1u, sum5_1);
  store(id.y, id.x, j0 + 5u, k0 + 2u, sum5_2);
  store(id.y, id.x, j0 + 5u, k0 + 3u, sum5_3);
  store(id.y, id.x, j0 + 5u, k0 + 4u, sum5_4);
  store(id.y, id.x, j0 + 5u, k0 + 5u, sum5_5);
  store(id.y, id.x, j0 + 5u, k0 + 6u, sum5_6);
  store(id.y, id.x, j0 + 5u, k0 + 7u, sum5_7);
  store(id.y, id.x, j0 + 6u, k0 + 0u, sum6_0);
  store(id.y, id.x, j0 + 6u, k0 + 1u, sum6_1);
  store(id.y, id.x, j0 + 6u, k0 + 2u, sum6_2);
  store(id.y, id.x, j0 + 6u, k0 + 3u, sum6_3);
  store(id.y, id.x, j0 + 6u, k0 + 4u, sum6_4);
  store(id.y, id.x, j0 + 6u, k0 + 5u, sum6_5);
  store(id.y, id.x, j0 + 6u, k0 + 6u, sum6_6);
  store(id.y, id.x, j0 + 6u, k0 + 7u, sum6_7);
  store(id.y, id.x, j0 + 7u, k0 + 0u, sum7_0);
  store(id.y, id.x, j0 + 7u, k0 + 1u, sum7_1);
  store(id.y, id.x, j0 + 7u, k0 + 2u, sum7_2);
  store(id.y, id.x, j0 + 7u, k0 + 3u, sum7_3);
  store(id.y, id.x, j0 + 7u, k0 + 4u, sum7_4);
  store(id.y, id.x, j0 + 7u, k0 + 5u, sum7_5);
  store(id.y, id.x, j0 + 7u, k0 + 6u, sum7_6);
  store(id.y, id.x, j0 + 7u, k0 + 7u, sum7_7);
}

