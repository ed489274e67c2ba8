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
// Layouts   in [b][PATCHES][C4] Stored;  table [PREFIX (+ PATCHES)][C4] vec4f;  out [b][PREFIX + PATCHES][C4] Stored.
// Work      A thread per output vec4f.  Grid  x: ⌈(PREFIX + PATCHES)·C4 / 64⌉, y: views.

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
  output[at] = narrow(patch4);
}

