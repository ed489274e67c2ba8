// What a 3×3 convolution of stride 1 and padding 1 by Winograd F(2×2, 3×3) multiplies (Lavin & Gray 2016, §4.1): every
// 4×4 patch d of the input whose convolution is a 2×2 tile of the output, transformed.
//
//   out[b, 4i + j, tile, c] = (Bᵀ d B)[i, j],   d[y, x] = in[b, 2·ty + y − 1, 2·tx + x − 1, c],
//
//        ⎡ 1  0 −1  0 ⎤
//   Bᵀ = ⎢ 0  1  1  0 ⎥                     0 outside the picture; tiles overhang a picture of odd size
//        ⎢ 0 −1  1  0 ⎥
//        ⎣ 0  1  0 −1 ⎦
//
// Layouts   in [b][H][W][C4] vec4f;  out [b][16][TILES_Y·TILES_X][C4] vec4f.
// Order     d B row by row, then Bᵀ of it: each a sum of two.
// Work      A thread owns ACROSS tiles of a line, which share columns of the patch, × 4 channels.
// Grid      x · y: threads of all views / 64.

struct Count { views: u32 }

@group(0) @binding(0) var<storage, read> input: array<vec4f, VIEWS * H * W * C4>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4f, VIEWS * 16 * TILES_Y * TILES_X * C4>;
@group(0) @binding(2) var<uniform> count: Count;

const STRIPS = (TILES_X + ACROSS - 1u) / ACROSS;
const TILES = TILES_Y * TILES_X;

fn load(view: u32, y: u32, x: u32, c: u32) -> vec4f {
  let inside = (y < H) & (x < W); // above and left of the picture they wrap to large numbers
  let at = select(0u, ((view * H + y) * W + x) * C4 + c, inside);
  return select(vec4f(), input[at], inside);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let thread = id.y * groups.x * 64u + id.x;
  let c = thread % C4;
  let strip = thread / C4 % STRIPS;
  let ty = thread / (C4 * STRIPS) % TILES_Y;
  let view = thread / (C4 * STRIPS * TILES_Y);
  if (view >= count.views) { return; }
  let tx = strip * ACROSS;
  let y = 2u * ty - 1u;
  let x = 2u * tx - 1u;
#for r in 0..4
#for k in 0..2 * ACROSS + 2
  let d${r}_${k} = load(view, y + ${r}u, x + ${k}u, c);
#endfor
#endfor
#for t in 0..ACROSS
  if (tx + ${t}u < TILES_X) {
    let at = (view * 16u * TILES + ty * TILES_X + tx + ${t}u) * C4 + c;
#for r in 0..4
    let r${r}_0 = d${r}_${2 * t} - d${r}_${2 * t + 2};
    let r${r}_1 = d${r}_${2 * t + 1} + d${r}_${2 * t + 2};
    let r${r}_2 = d${r}_${2 * t + 2} - d${r}_${2 * t + 1};
    let r${r}_3 = d${r}_${2 * t + 1} - d${r}_${2 * t + 3};
#endfor
#for j in 0..4
    output[at + ${j}u * TILES * C4] = r0_${j} - r2_${j};
    output[at + ${4 + j}u * TILES * C4] = r1_${j} + r2_${j};
    output[at + ${8 + j}u * TILES * C4] = r2_${j} - r1_${j};
    output[at + ${12 + j}u * TILES * C4] = r1_${j} - r3_${j};
#endfor
  }
#endfor
}
