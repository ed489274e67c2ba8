// NaN and infinity by their bits: comparisons such as x != x may be folded away, bits may not. Test bits as loaded from
// storage (lib/stored.wgsl), never those of a computed expression.

#if half
alias Bits = vec2u;

fn nonFinite(bits: Bits) -> vec4<bool> {
  return (vec4u(bits.x, bits.x >> 16u, bits.y, bits.y >> 16u) & vec4u(0x7c00u)) == vec4u(0x7c00u);
}

fn valueOf(bits: Bits) -> vec4f { return vec4f(unpack2x16float(bits.x), unpack2x16float(bits.y)); }
#else
alias Bits = vec4u;

fn nonFinite(bits: Bits) -> vec4<bool> { return (bits & vec4u(0x7f800000u)) == vec4u(0x7f800000u); }

fn valueOf(bits: Bits) -> vec4f { return bitcast<vec4f>(bits); }
#endif
