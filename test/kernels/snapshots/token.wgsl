const VIEWS = 20u;
const TOKENS = 197u;
const C4 = 48u;
const INDEX = 0u;
// One token of each view:  out[b, c] = in[b, INDEX, c], bit for bit.
//
// Layouts   in [b][TOKENS][C4] as bits;  out [b][C4] as bits.
// Work      A thread per output vector.  Grid  x: ⌈C4 / 64⌉, y: views.

// NaN and infinity by their bits: comparisons such as x != x may be folded away, bits may not. Test bits as loaded from
// storage (lib/stored.wgsl), never those of a computed expression.

alias Bits = vec4u;

fn nonFinite(bits: Bits) -> vec4<bool> { return (bits & vec4u(0x7f800000u)) == vec4u(0x7f800000u); }

fn valueOf(bits: Bits) -> vec4f { return bitcast<vec4f>(bits); }


@group(0) @binding(0) var<storage, read> input: array<Bits, VIEWS * TOKENS * C4>;
@group(0) @binding(1) var<storage, read_write> output: array<Bits, VIEWS * C4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= C4) { return; }
  output[id.y * C4 + id.x] = input[(id.y * TOKENS + INDEX) * C4 + id.x];
}

