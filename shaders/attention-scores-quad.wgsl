// Attention scores of one head:  s[b, h, i, j] = SCALE · Σ_c q[b, i, h, c] · k[b, j, h, c];  family for CPU drivers.
//
// Layouts   in [b][TOKENS][q, k, v][HEADS][HD4] Stored;  s [b][HEADS][TOKENS][T4] Stored, 0 beyond key TOKENS − 1.
// Order     c, one product after another, then SCALE = 1 / √(4·HD4): the same for every family.
// Work      As conv-quad.wgsl: a workgroup owns lanes·ROWS queries × 4·GROUPS keys; a lane holds ROWS queries, and of
//           every four keys it loads one and gets the others by rotation.
// Grid      x: ⌈TOKENS / (lanes·ROWS)⌉ · ⌈T4 / GROUPS⌉, y: HEADS, z: views.

#import "lib/quad.wgsl"
#import "lib/inside.wgsl"
#import "lib/stored.wgsl"

const D4 = HEADS * HD4;
const T4 = (TOKENS + 3) / 4;
const KEY_TILES = (T4 + GROUPS - 1) / GROUPS;

@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * TOKENS * 3 * D4>;
@group(0) @binding(1) var<storage, read_write> output: array<Stored, VIEWS * HEADS * TOKENS * T4>;

@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) lane: u32) {
  let query0 = tile.x / KEY_TILES * (${lanes}u * ROWS) + lane;
  let group0 = tile.x % KEY_TILES * GROUPS;
  let head = tile.z * (TOKENS * 3 * D4) + tile.y * HD4;
#for m in 0..ROWS
  let q${m} = head + min(query0 + ${lanes * m}u, TOKENS - 1u) * (3 * D4);
#endfor
#for g in 0..GROUPS
  let k${g} = head + D4 + min(4u * group0 + lane % 4u + ${4 * g}u, TOKENS - 1u) * (3 * D4);
#endfor
#for m in 0..ROWS
#for g in 0..GROUPS
#for r in 0..4
  var sum${m}_${g}_${r} = 0.0;
#endfor
#endfor
#endfor
  for (var c = 0u; c < HD4; c++) {
#for m in 0..ROWS
    let a${m} = widen(input[q${m} + c]);
#endfor
#for g in 0..GROUPS
    {
      let k = widen(input[k${g} + c]);
#for r in 0..4
      {
        let v = rotate${r}(k);
#for m in 0..ROWS
        sum${m}_${g}_${r} = fma(a${m}.w, v.w, fma(a${m}.z, v.z, fma(a${m}.y, v.y, fma(a${m}.x, v.x, sum${m}_${g}_${r}))));
#endfor
      }
#endfor
    }
#endfor
  }
#for m in 0..ROWS
  if (query0 + ${lanes * m}u < TOKENS) {
    let at = ((tile.z * HEADS + tile.y) * TOKENS + query0 + ${lanes * m}u) * T4 + group0;
#for g in 0..GROUPS
    if (group0 + ${g}u < T4) {
      let sum = unrotate(vec4f(sum${m}_${g}_0, sum${m}_${g}_1, sum${m}_${g}_2, sum${m}_${g}_3), lane);
      output[at + ${g}u] = narrow(inside(group0 + ${g}u, sum * SCALE, 0.0));
    }
#endfor
  }
#endfor
}
