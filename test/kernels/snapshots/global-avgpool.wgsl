const VIEWS = 20u;
const POSITIONS = 16u;
const FIRST = 0u;
const C4 = 16u;
// Mean over the positions from FIRST on:  out[b, c] = Σ_{p ≥ FIRST} in[b, p, c] / (POSITIONS − FIRST)
//
// Layouts   in [b][POSITIONS][C4] Stored;  out [b][C4] Stored.
// Order     p ascending.
// Work      A thread per output vec4f.  Grid  x: ⌈C4 / 64⌉, y: views.

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


@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * POSITIONS * C4>;
@group(0) @binding(1) var<storage, read_write> output: array<Stored, VIEWS * C4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= C4) { return; }
  var sum = vec4f();
  for (var p = FIRST; p < POSITIONS; p++) {
    sum += widen(input[(id.y * POSITIONS + p) * C4 + id.x]);
  }
  output[id.y * C4 + id.x] = narrow(sum / f32(POSITIONS - FIRST));
}

