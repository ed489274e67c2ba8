const VIEWS = 20u;
const H = 8u;
const W = 8u;
const C4 = 16u;
const TILES_Y = 4u;
const TILES_X = 4u;
const ACROSS = 2u;
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
  let d0_0 = load(view, y + 0u, x + 0u, c);
  let d0_1 = load(view, y + 0u, x + 1u, c);
  let d0_2 = load(view, y + 0u, x + 2u, c);
  let d0_3 = load(view, y + 0u, x + 3u, c);
  let d0_4 = load(view, y + 0u, x + 4u, c);
  let d0_5 = load(view, y + 0u, x + 5u, c);
  let d1_0 = load(view, y + 1u, x + 0u, c);
  let d1_1 = load(view, y + 1u, x + 1u, c);
  let d1_2 = load(view, y + 1u, x + 2u, c);
  let d1_3 = load(view, y + 1u, x + 3u, c);
  let d1_4 = load(view, y + 1u, x + 4u, c);
  let d1_5 = load(view, y + 1u, x + 5u, c);
  let d2_0 = load(view, y + 2u, x + 0u, c);
  let d2_1 = load(view, y + 2u, x + 1u, c);
  let d2_2 = load(view, y + 2u, x + 2u, c);
  let d2_3 = load(view, y + 2u, x + 3u, c);
  let d2_4 = load(view, y + 2u, x + 4u, c);
  let d2_5 = load(view, y + 2u, x + 5u, c);
  let d3_0 = load(view, y + 3u, x + 0u, c);
  let d3_1 = load(view, y + 3u, x + 1u, c);
  let d3_2 = load(view, y + 3u, x + 2u, c);
  let d3_3 = load(view, y + 3u, x + 3u, c);
  let d3_4 = load(view, y + 3u, x + 4u, c);
  let d3_5 = load(view, y + 3u, x + 5u, c);
  if (tx + 0u < TILES_X) {
    let at = (view * 16u * TILES + ty * TILES_X + tx + 0u) * C4 + c;
    let r0_0 = d0_0 - d0_2;
    let r0_1 = d0_1 + d0_2;
    let r0_2 = d0_2 - d0_1;
    let r0_3 = d0_1 - d0_3;
    let r1_0 = d1_0 - d1_2;
    let r1_1 = d1_1 + d1_2;
    let r1_2 = d1_2 - d1_1;
    let r1_3 = d1_1 - d1_3;
    let r2_0 = d2_0 - d2_2;
    let r2_1 = d2_1 + d2_2;
    let r2_2 = d2_2 - d2_1;
    let r2_3 = d2_1 - d2_3;
    let r3_0 = d3_0 - d3_2;
    let r3_1 = d3_1 + d3_2;
    let r3_2 = d3_2 - d3_1;
    let r3_3 = d3_1 - d3_3;
    output[at + 0u * TILES * C4] = r0_0 - r2_0;
    output[at + 4u * TILES * C4] = r1_0 + r2_0;
    output[at + 8u * TILES * C4] = r2_0 - r1_0;
    output[at + 12u * TILES * C4] = r1_0 - r3_0;
    output[at + 1u * TILES * C4] = r0_1 - r2_1;
    output[at + 5u * TILES * C4] = r1_1 + r2_1;
    output[at + 9u * TILES * C4] = r2_1 - r1_1;
    output[at + 13u * TILES * C4] = r1_1 - r3_1;
    output[at + 2u * TILES * C4] = r0_2 - r2_2;
    output[at + 6u * TILES * C4] = r1_2 + r2_2;
    output[at + 10u * TILES * C4] = r2_2 - r1_2;
    output[at + 14u * TILES * C4] = r1_2 - r3_2;
    output[at + 3u * TILES * C4] = r0_3 - r2_3;
    output[at + 7u * TILES * C4] = r1_3 + r2_3;
    output[at + 11u * TILES * C4] = r2_3 - r1_3;
    output[at + 15u * TILES * C4] = r1_3 - r3_3;
  }
  if (tx + 1u < TILES_X) {
    let at = (view * 16u * TILES + ty * TILES_X + tx + 1u) * C4 + c;
    let r0_0 = d0_2 - d0_4;
    let r0_1 = d0_3 + d0_4;
    let r0_2 = d0_4 - d0_3;
    let r0_3 = d0_3 - d0_5;
    let r1_0 = d1_2 - d1_4;
    let r1_1 = d1_3 + d1_4;
    let r1_2 = d1_4 - d1_3;
    let r1_3 = d1_3 - d1_5;
    let r2_0 = d2_2 - d2_4;
    let r2_1 = d2_3 + d2_4;
    let r2_2 = d2_4 - d2_3;
    let r2_3 = d2_3 - d2_5;
    let r3_0 = d3_2 - d3_4;
    let r3_1 = d3_3 + d3_4;
    let r3_2 = d3_4 - d3_3;
    let r3_3 = d3_3 - d3_5;
    output[at + 0u * TILES * C4] = r0_0 - r2_0;
    output[at + 4u * TILES * C4] = r1_0 + r2_0;
    output[at + 8u * TILES * C4] = r2_0 - r1_0;
    output[at + 12u * TILES * C4] = r1_0 - r3_0;
    output[at + 1u * TILES * C4] = r0_1 - r2_1;
    output[at + 5u * TILES * C4] = r1_1 + r2_1;
    output[at + 9u * TILES * C4] = r2_1 - r1_1;
    output[at + 13u * TILES * C4] = r1_1 - r3_1;
    output[at + 2u * TILES * C4] = r0_2 - r2_2;
    output[at + 6u * TILES * C4] = r1_2 + r2_2;
    output[at + 10u * TILES * C4] = r2_2 - r1_2;
    output[at + 14u * TILES * C4] = r1_2 - r3_2;
    output[at + 3u * TILES * C4] = r0_3 - r2_3;
    output[at + 7u * TILES * C4] = r1_3 + r2_3;
    output[at + 11u * TILES * C4] = r2_3 - r1_3;
    output[at + 15u * TILES * C4] = r1_3 - r3_3;
  }
}

