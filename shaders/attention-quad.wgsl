// Attention without stored probabilities:  out[b, i, h, c] = Σ_j p[b, h, i, j] · v[b, j, h, c];  family for CPU drivers.
//
//   p[b, h, i, ·] = softmax over the keys j of  SCALE · Σ_c q[b, i, h, c] · k[b, j, h, c]
//
// The bits of attention-scores-*.wgsl, softmax.wgsl and attention-values-*.wgsl one after another: whether probabilities are
// tapped changes nothing after them.
//
// Layouts   in [b][TOKENS][q, k, v][HEADS][HD4] Stored;  out [b][TOKENS][HEADS][HD4] Stored.
// Order     As in those three.
// Work      A workgroup, one quad or several, owns lanes·ROWS queries of one head. A lane keeps the rows of ROWS queries in
//           its own memory, which costs this driver what a buffer costs. Keys and probabilities go round by rotation.
// Grid      x: ⌈TOKENS / (lanes·ROWS)⌉, y: HEADS, z: views.

#import "lib/quad.wgsl"
#import "lib/exp.wgsl"
#import "lib/inside.wgsl"
#import "lib/sixteen.wgsl"
#import "lib/stored.wgsl"

const D4 = HEADS * HD4;
const T4 = (TOKENS + 3) / 4;
const LEAST = -0x1.fffffep+127f;

@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * TOKENS * 3 * D4>;
@group(0) @binding(1) var<storage, read_write> output: array<Stored, VIEWS * TOKENS * D4>;

@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) lane: u32) {
  let query0 = tile.x * (${lanes}u * ROWS);
  let head = tile.z * (TOKENS * 3 * D4) + tile.y * HD4;
#for m in 0..ROWS
  var row${m}: array<vec4f, T4>;
  var most${m} = vec4f(LEAST);
  let q${m} = head + min(query0 + lane + ${lanes * m}u, TOKENS - 1u) * (3 * D4);
#endfor

  for (var group0 = 0u; group0 < T4; group0 += GROUPS) {
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
#for g in 0..GROUPS
    if (group0 + ${g}u < T4) {
#for m in 0..ROWS
      let score${m} = unrotate(vec4f(sum${m}_${g}_0, sum${m}_${g}_1, sum${m}_${g}_2, sum${m}_${g}_3), lane) * SCALE;
      row${m}[group0 + ${g}u] = score${m};
      most${m} = max(most${m}, inside(group0 + ${g}u, score${m}, LEAST));
#endfor
    }
#endfor
  }

#for m in 0..ROWS
  var parts${m}: array<vec4f, 16>;
  let peak${m} = max(max(most${m}.x, most${m}.y), max(most${m}.z, most${m}.w));
#endfor
  for (var l = 0u; l < 16u; l++) {
#for m in 0..ROWS
    var part${m} = vec4f();
#endfor
    for (var g = l; g < T4; g += 16u) {
#for m in 0..ROWS
      let e${m} = inside(g, exponential(row${m}[g] - peak${m}), 0.0);
      row${m}[g] = e${m};
      part${m} += e${m};
#endfor
    }
#for m in 0..ROWS
    parts${m}[l] = part${m};
#endfor
  }
#for m in 0..ROWS
  let total${m} = across(pairs(
#for l in 0..4
    pairs(parts${m}[${4 * l}], parts${m}[${4 * l + 1}], parts${m}[${4 * l + 2}], parts${m}[${4 * l + 3}]),
#endfor
  ));
#endfor

  for (var columns = 0u; columns < HD4; columns += 4u * COLUMNS) {
    let column0 = columns + lane % 4u;
#for n in 0..COLUMNS
    let v${n} = head + 2u * D4 + min(column0 + ${4 * n}u, HD4 - 1u);
#for m in 0..ROWS
#for r in 0..4
    var out${n}_${m}_${r} = vec4f();
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
#for m in 0..ROWS
      {
        let p = row${m}[j] / total${m};
#for r in 0..4
        {
          let a = rotate${r}(p);
#for n in 0..COLUMNS
          out${n}_${m}_${r} = fma(b${n}_3, vec4f(a.w), fma(b${n}_2, vec4f(a.z), fma(b${n}_1, vec4f(a.y), fma(b${n}_0, vec4f(a.x), out${n}_${m}_${r}))));
#endfor
        }
#endfor
      }
#endfor
    }
#for m in 0..ROWS
#for r in 0..4
    {
      let query = query0 + ${lanes * m}u + (lane ^ ${r}u);
      if (query < TOKENS) {
        let at = (tile.z * TOKENS + query) * D4 + tile.y * HD4 + column0;
#for n in 0..COLUMNS
        if (column0 + ${4 * n}u < HD4) { output[at + ${4 * n}u] = narrow(out${n}_${m}_${r}); }
#endfor
      }
    }
#endfor
#endfor
  }
}
