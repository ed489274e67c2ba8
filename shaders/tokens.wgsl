// The tokens of a view: PREFIX rows of a table, then its patches, with POSITIONS each plus the next row of the table.
//
//   out[b, t] = table[t]                                  t < PREFIX
//   out[b, t] = in[b, t − PREFIX] (+ table[t])            t ≥ PREFIX
//
// Layouts   in [b][PATCHES][C4] Stored;  table [PREFIX (+ PATCHES)][C4] vec4f;  out [b][PREFIX + PATCHES][C4] Stored.
// Work      A thread per output vec4f.  Grid  x: ⌈(PREFIX + PATCHES)·C4 / 64⌉, y: views.

#import "lib/stored.wgsl"

const TOKENS = PREFIX + PATCHES;
const ROWS = select(max(PREFIX, 1u), TOKENS, POSITIONS);

@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * PATCHES * C4>;
@group(0) @binding(1) var<storage, read> table: array<vec4f, ROWS * C4>;
@group(0) @binding(2) var<storage, read_write> output: array<Stored, VIEWS * TOKENS * C4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= TOKENS * C4) { return; }
  let at = id.y * (TOKENS * C4) + id.x;
  if (id.x < PREFIX * C4) {
    output[at] = narrow(table[id.x]);
    return;
  }
  let patch4 = widen(input[id.y * (PATCHES * C4) + id.x - PREFIX * C4]);
#if POSITIONS
  output[at] = narrow(patch4 + table[id.x]);
#else
  output[at] = narrow(patch4);
#endif
}
