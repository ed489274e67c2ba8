const VIEWS = 6u;
const ROWS = 3u;
const LENGTH4 = 1024u;
const STORED4 = 1024u;
const OFFSET4 = 0u;
const SLICES = 8u;
const PAIRS = 3u;
const BLOCK = 3u;
const NORMALIZED = false;
const L1 = true;
const CLEAN = false;
const CROSS = false;
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
  return 1.0;
}

fn accumulate(sum: f32, a: vec4f, b: vec4f) -> f32 {
  let d = a - b;
  return sum + abs(d.x) + abs(d.y) + abs(d.z) + abs(d.w);
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
  let j0 = id.z * BLOCK;
  let viewJ0 = id.y * ROWS + min(j0 + 0u, ROWS - 1u);
  let scaleJ0 = scale(viewJ0);
  let viewJ1 = id.y * ROWS + min(j0 + 1u, ROWS - 1u);
  let scaleJ1 = scale(viewJ1);
  let viewJ2 = id.y * ROWS + min(j0 + 2u, ROWS - 1u);
  let scaleJ2 = scale(viewJ2);
  var sum0_1 = 0.0;
  var sum0_2 = 0.0;
  var sum1_2 = 0.0;
  for (var e = first; e < end; e++) {
    let z0 = widen(input[viewJ0 * STORED4 + OFFSET4 + e]) * scaleJ0;
    let z1 = widen(input[viewJ1 * STORED4 + OFFSET4 + e]) * scaleJ1;
    let z2 = widen(input[viewJ2 * STORED4 + OFFSET4 + e]) * scaleJ2;
    sum0_1 = accumulate(sum0_1, z0, z1);
    sum0_2 = accumulate(sum0_2, z0, z2);
    sum1_2 = accumulate(sum1_2, z1, z2);
  }
  store(id.y, id.x, j0 + 0u, j0 + 1u, sum0_1);
  store(id.y, id.x, j0 + 0u, j0 + 2u, sum0_2);
  store(id.y, id.x, j0 + 1u, j0 + 2u, sum1_2);
}

