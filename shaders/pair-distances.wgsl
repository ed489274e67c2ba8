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

#import "lib/stored.wgsl"

@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * STORED4>;
@group(0) @binding(1) var<storage, read> norms: array<vec2f, VIEWS>;
@group(0) @binding(2) var<storage, read_write> parts: array<f32, VIEWS / ROWS * SLICES * PAIRS>;

const SLICE = (LENGTH4 + SLICES - 1u) / SLICES;
const BLOCKS = (ROWS + BLOCK - 1u) / BLOCK;

fn scale(view: u32) -> f32 {
#if NORMALIZED
  let square = norms[view].x;
  return select(0.0, 1.0 / sqrt(square), square > 0.0);
#else
  return 1.0;
#endif
}

fn accumulate(sum: f32, a: vec4f, b: vec4f) -> f32 {
  let d = a - b;
#if L1
  return sum + abs(d.x) + abs(d.y) + abs(d.z) + abs(d.w);
#else
  return fma(d.w, d.w, fma(d.z, d.z, fma(d.y, d.y, fma(d.x, d.x, sum))));
#endif
}

fn store(image: u32, slice: u32, j: u32, k: u32, sum: f32) {
#if CLEAN
  parts[(image * SLICES + slice) * PAIRS + k - 1u] = sum;
#else
  if (k < ROWS) {
    parts[(image * SLICES + slice) * PAIRS + j * (2u * ROWS - j - 1u) / 2u + k - j - 1u] = sum;
  }
#endif
}

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= SLICES) { return; }
  let first = id.x * SLICE;
  let end = min(first + SLICE, LENGTH4);
#if CROSS
  var j0 = 0u;
  var k0 = id.z + 1u;
  while (k0 >= BLOCKS) { // the id.z-th pair of blocks
    j0 += 1u;
    k0 = k0 - BLOCKS + j0 + 1u;
  }
  j0 *= BLOCK;
  k0 *= BLOCK;
#else
  let j0 = id.z * BLOCK;
#endif
#for j in 0..BLOCK
  let viewJ${j} = id.y * ROWS + min(j0 + ${j}u, ROWS - 1u);
  let scaleJ${j} = scale(viewJ${j});
#endfor
#if CROSS
#for k in 0..BLOCK
  let viewK${k} = id.y * ROWS + min(k0 + ${k}u, ROWS - 1u);
  let scaleK${k} = scale(viewK${k});
#endfor
#for j in 0..BLOCK
#for k in 0..BLOCK
  var sum${j}_${k} = 0.0;
#endfor
#endfor
  for (var e = first; e < end; e++) {
#for j in 0..BLOCK
    let zj${j} = widen(input[viewJ${j} * STORED4 + OFFSET4 + e]) * scaleJ${j};
#endfor
#for k in 0..BLOCK
    let zk${k} = widen(input[viewK${k} * STORED4 + OFFSET4 + e]) * scaleK${k};
#endfor
#for j in 0..BLOCK
#for k in 0..BLOCK
    sum${j}_${k} = accumulate(sum${j}_${k}, zj${j}, zk${k});
#endfor
#endfor
  }
#for j in 0..BLOCK
#for k in 0..BLOCK
  store(id.y, id.x, j0 + ${j}u, k0 + ${k}u, sum${j}_${k});
#endfor
#endfor
#elif CLEAN
#for k in 1..BLOCK
  var sum${k} = 0.0;
#endfor
  for (var e = first; e < end; e++) {
    let z0 = widen(input[viewJ0 * STORED4 + OFFSET4 + e]) * scaleJ0;
#for k in 1..BLOCK
    sum${k} = accumulate(sum${k}, z0, widen(input[viewJ${k} * STORED4 + OFFSET4 + e]) * scaleJ${k});
#endfor
  }
#for k in 1..BLOCK
  store(id.y, id.x, 0u, ${k}u, sum${k});
#endfor
#else
#for j in 0..BLOCK
#for k in j+1..BLOCK
  var sum${j}_${k} = 0.0;
#endfor
#endfor
  for (var e = first; e < end; e++) {
#for j in 0..BLOCK
    let z${j} = widen(input[viewJ${j} * STORED4 + OFFSET4 + e]) * scaleJ${j};
#endfor
#for j in 0..BLOCK
#for k in j+1..BLOCK
    sum${j}_${k} = accumulate(sum${j}_${k}, z${j}, z${k});
#endfor
#endfor
  }
#for j in 0..BLOCK
#for k in j+1..BLOCK
  store(id.y, id.x, j0 + ${j}u, j0 + ${k}u, sum${j}_${k});
#endfor
#endfor
#endif
}
