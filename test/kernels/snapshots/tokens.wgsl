const VIEWS = 20u;
const PATCHES = 196u;
const PREFIX = 1u;
const C4 = 48u;
const POSITIONS = false;
// The tokens of a view: PREFIX rows of a table, then its patches, with POSITIONS each plus the next row of the table.
//
//   out[b, t] = table[t]                                  t < PREFIX
//   out[b, t] = in[b, t − PREFIX] (+ table[t])            t ≥ PREFIX
//
// Layouts   in [b][PATCHES][C4] vec4f;  table [PREFIX (+ PATCHES)][C4] vec4f;  out [b][PREFIX + PATCHES][C4] vec4f.
// Work      A thread per output vec4f.  Grid  x: ⌈(PREFIX + PATCHES)·C4 / 64⌉, y: views.

const TOKENS = PREFIX + PATCHES;
const ROWS = select(max(PREFIX, 1u), TOKENS, POSITIONS);

@group(0) @binding(0) var<storage, read> input: array<vec4f, VIEWS * PATCHES * C4>;
@group(0) @binding(1) var<storage, read> table: array<vec4f, ROWS * C4>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4f, VIEWS * TOKENS * C4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= TOKENS * C4) { return; }
  let at = id.y * (TOKENS * C4) + id.x;
  if (id.x < PREFIX * C4) {
    output[at] = table[id.x];
    return;
  }
  let patch4 = input[id.y * (PATCHES * C4) + id.x - PREFIX * C4];
  output[at] = patch4;
}

