// Convolution, and the matrix product as a 1×1 convolution over one position; family for GPUs (workgroup memory).
//
//   out[b, oy, ox, o] = epilogue( Σ_ky Σ_kx Σ_c  in[b, oy·STRIDE + ky − PADDING, ox·STRIDE + kx − PADDING, c] · w[o, ky, kx, c] )
//
// Layouts   in [b][H][W][C4] Source;  w [o][ky][kx][C4] Stored;  out, residual [b][OH][OW][CO4] Stored.
// Order     ky, kx, c, one product after another: the same for every family, tile and batch. A tap outside the picture
//           adds 0, which changes no bit.
// Work      DOWN × ACROSS threads own a tile of DOWN·ROWS outputs (b, oy, ox) × ACROSS·GROUPS groups of four channels. A
//           thread owns ROWS × GROUPS of them, DOWN and ACROSS apart, so that neighbours read and store neighbouring values.
//           Slices of 4·DEPTH values of K (a vec4f is 4 channels of one tap) go through workgroup memory: of the input a
//           vec4f over K, of the weights a vec4f over output channels. A thread loads the same rows and depth in each slice.
// Memory    A slice of a row is 8 / DEPTH, or one, vec4f longer than needed: what eight threads store at once then lies in
//           different banks of the input's slice, and two to a bank of the weights'.
// Grid      x · z: ⌈views·OH·OW / (DOWN·ROWS)⌉, y: ⌈CO4 / (ACROSS·GROUPS)⌉.

#import "lib/source.wgsl"

struct Count { views: u32 }

@group(0) @binding(0) var<storage, read> input: array<Source, VIEWS * H * W * C4>;
@group(0) @binding(1) var<storage, read> weights: array<Stored, CO4 * 4 * KERNEL * KERNEL * C4>;
@group(0) @binding(2) var<storage, read> channels: array<vec4f, 3 * CO4>;
@group(0) @binding(3) var<storage, read_write> output: array<Stored, VIEWS * OH * OW * CO4>;
@group(0) @binding(4) var<uniform> count: Count;
#if RESIDUAL
@group(0) @binding(5) var<storage, read> residual: array<Stored, VIEWS * OH * OW * CO4>;
#endif

#import "lib/epilogue.wgsl"

const THREADS = DOWN * ACROSS;
const TILE_ROWS = DOWN * ROWS;
const TILE_GROUPS = ACROSS * GROUPS;
const ROWS_STORED = TILE_ROWS + 8 / DEPTH;
const GROUPS_STORED = TILE_GROUPS + 1;
const K4 = KERNEL * KERNEL * C4;

var<workgroup> inputs: array<vec4f, DEPTH * ROWS_STORED>;
var<workgroup> columns: array<vec4f, 4 * DEPTH * GROUPS_STORED>;

// Four channels of K: 0 where they are not wanted, and outside the picture.
fn loadInput(view: u32, y: u32, x: u32, c: u32, wanted: bool) -> vec4f {
  let inside = wanted && y < H && x < W;
  return select(vec4f(), widenSource(input[select(0u, ((view * H + y) * W + x) * C4 + c, inside)]), inside);
}

fn loadWeights(at: u32, wanted: bool) -> vec4f {
  return select(vec4f(), widen(weights[select(0u, at, wanted)]), wanted);
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(num_workgroups) tiles: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let rows = count.views * (OH * OW);
  let firstRow = (tile.z * tiles.x + tile.x) * TILE_ROWS;
  let firstGroup = tile.y * TILE_GROUPS;
  let down = thread / ACROSS;
  let across = thread % ACROSS;
  let depth = thread % DEPTH;
#for i in 0..(DEPTH * ROWS + ACROSS - 1) / ACROSS
  let m${i} = thread / DEPTH + ${i}u * (THREADS / DEPTH);
  let row${i} = firstRow + m${i};
  let y${i} = row${i} / OW % OH * STRIDE - PADDING; // wraps to a large number above and left of the picture
  let x${i} = row${i} % OW * STRIDE - PADDING;
  let view${i} = row${i} / (OH * OW);
#endfor
#for m in 0..ROWS
#for q in 0..GROUPS
  var sum${m}_${q} = vec4f();
#endfor
#endfor
  for (var k0 = 0u; k0 < K4; k0 += DEPTH) {
    let k = k0 + depth;
    let ky = k / (KERNEL * C4);
    let kx = k / C4 % KERNEL;
    let c = k % C4;
#for i in 0..(DEPTH * ROWS + ACROSS - 1) / ACROSS
    if (m${i} < TILE_ROWS) {
      let wanted = row${i} < rows && k < K4;
      inputs[depth * ROWS_STORED + m${i}] = loadInput(view${i}, y${i} + ky, x${i} + kx, c, wanted);
    }
#endfor
#for i in 0..(DEPTH * GROUPS + DOWN - 1) / DOWN
    {
      let group = thread / DEPTH + ${i}u * (THREADS / DEPTH);
      if (group < TILE_GROUPS) {
        let wanted = firstGroup + group < CO4 && k < K4;
        let at = (firstGroup + group) * 4u * K4 + k;
#for n in 0..4
        let w${n} = loadWeights(at + ${n}u * K4, wanted);
#endfor
#for j in 0..4
        columns[(4u * depth + ${j}u) * GROUPS_STORED + group] = vec4f(w0[${j}], w1[${j}], w2[${j}], w3[${j}]);
#endfor
      }
    }
#endfor
    workgroupBarrier();
    for (var d = 0u; d < DEPTH; d++) {
#for m in 0..ROWS
      let a${m} = inputs[d * ROWS_STORED + ${m}u * DOWN + down];
#endfor
#for j in 0..4
#for q in 0..GROUPS
      let w${j}_${q} = columns[(4u * d + ${j}u) * GROUPS_STORED + ${q}u * ACROSS + across];
#endfor
#for m in 0..ROWS
#for q in 0..GROUPS
      sum${m}_${q} = fma(vec4f(a${m}[${j}]), w${j}_${q}, sum${m}_${q});
#endfor
#endfor
#endfor
    }
    workgroupBarrier();
  }
#for q in 0..GROUPS
  {
    let column4 = firstGroup + ${q}u * ACROSS + across;
    if (column4 < CO4) {
      let column = columnOf(column4);
#for m in 0..ROWS
      {
        let row = firstRow + ${m}u * DOWN + down;
        if (row < rows) {
          let at = row * CO4 + column4;
          output[at] = narrow(finishColumn(sum${m}_${q}, column, at));
        }
      }
#endfor
    }
  }
#endfor
}
