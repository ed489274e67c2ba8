// Attention's weighted values:  out[b, i, h, c] = Σ_j p[b, h, i, j] · v[b, j, h, c];  family for CPU drivers.
//
// Layouts   p [b][HEADS][TOKENS][T4] Stored, 0 beyond key TOKENS − 1;  in [b][TOKENS][q, k, v][HEADS][HD4] Stored;
//           out [b][TOKENS][HEADS][HD4] Stored.
// Order     j, one product after another: the same for every family. Beyond the last key 0 times a value is added, which
//           changes no bit of a sum that is not zero, and no family leaves it out.
// Work      A workgroup owns lanes·GROUPS queries × 16·COLUMNS channels. A lane holds 4·COLUMNS channels of four keys; of
//           every four queries it loads the four probabilities of one and gets the others' by rotation.
// Grid      x: ⌈TOKENS / (lanes·GROUPS)⌉ · ⌈HD4 / (4·COLUMNS)⌉, y: HEADS, z: views.

#import "lib/quad.wgsl"
#import "lib/stored.wgsl"

const D4 = HEADS * HD4;
const T4 = (TOKENS + 3) / 4;
const COLUMN_TILES = (HD4 + 4 * COLUMNS - 1) / (4 * COLUMNS);

@group(0) @binding(0) var<storage, read> probabilities: array<Stored, VIEWS * HEADS * TOKENS * T4>;
@group(0) @binding(1) var<storage, read> input: array<Stored, VIEWS * TOKENS * 3 * D4>;
@group(0) @binding(2) var<storage, read_write> output: array<Stored, VIEWS * TOKENS * D4>;

@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) lane: u32) {
  let query0 = tile.x / COLUMN_TILES * (${lanes}u * GROUPS);
  let column0 = tile.x % COLUMN_TILES * (4u * COLUMNS) + lane % 4u;
#for g in 0..GROUPS
  let p${g} = ((tile.z * HEADS + tile.y) * TOKENS + min(query0 + lane + ${lanes * g}u, TOKENS - 1u)) * T4;
#endfor
#for n in 0..COLUMNS
  let v${n} = tile.z * (TOKENS * 3 * D4) + 2u * D4 + tile.y * HD4 + min(column0 + ${4 * n}u, HD4 - 1u);
#endfor
#for n in 0..COLUMNS
#for g in 0..GROUPS
#for r in 0..4
  var sum${n}_${g}_${r} = vec4f();
#endfor
#endfor
#endfor
  for (var j = 0u; j < T4; j++) {
#for k in 0..4
    let key${k} = min(4u * j + ${k}u, TOKENS - 1u) * (3 * D4);
#for n in 0..COLUMNS
    let b${n}_${k} = widen(input[v${n} + key${k}]);
#endfor
#endfor
#for g in 0..GROUPS
    {
      let p = widen(probabilities[p${g} + j]);
#for r in 0..4
      {
        let a = rotate${r}(p);
#for n in 0..COLUMNS
        sum${n}_${g}_${r} = fma(b${n}_3, vec4f(a.w), fma(b${n}_2, vec4f(a.z), fma(b${n}_1, vec4f(a.y), fma(b${n}_0, vec4f(a.x), sum${n}_${g}_${r}))));
#endfor
      }
#endfor
    }
#endfor
  }
#for g in 0..GROUPS
#for r in 0..4
  {
    let query = query0 + ${lanes * g}u + (lane ^ ${r}u);
    if (query < TOKENS) {
      let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
#for n in 0..COLUMNS
      if (column0 + ${4 * n}u < HD4) { output[at + ${4 * n}u] = narrow(sum${n}_${g}_${r}); }
#endfor
    }
  }
#endfor
#endfor
}
