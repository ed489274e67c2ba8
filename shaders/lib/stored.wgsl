// How four channels of an activation or of packed weights lie in memory: vec4f, or with `half` four halves (IEEE 754
// binary16), two in a word, the first in the low bits. Arithmetic is f32 in either case: loads widen, exactly, and stores
// narrow, once, to the nearest half, ties to even.
//
// narrow() is written out, as pack2x16float leaves rounding and what is beyond 65504 to the driver: from 65520 on it gives
// infinity, which is found wherever a tap is read; multiples of 2⁻²⁴ below 2⁻¹⁴ are kept. A sum of such a value and 0.5
// ends where the half's last bit is, so the addition rounds it. The test for overflow holds for NaN as well.

#if half
alias Stored = vec2u;

fn widen(stored: Stored) -> vec4f { return vec4f(unpack2x16float(stored.x), unpack2x16float(stored.y)); }

fn narrow(v: vec4f) -> Stored {
  let bits = bitcast<vec4u>(v);
  let size = bits & vec4u(0x7fffffffu);
  let normal = (size - vec4u(0x38000000u) + vec4u(0xfffu) + ((size >> vec4u(13u)) & vec4u(1u))) >> vec4u(13u);
  let small = bitcast<vec4u>(bitcast<vec4f>(size) + vec4f(0.5)) - vec4u(0x3f000000u);
  let finite = select(normal, small, size < vec4u(0x38800000u));
  let beyond = select(vec4u(0x7c00u), vec4u(0x7e00u), size > vec4u(0x7f800000u));
  let h = select(finite, beyond, size >= vec4u(0x477ff000u)) | ((bits >> vec4u(16u)) & vec4u(0x8000u));
  return vec2u(h.x | (h.y << 16u), h.z | (h.w << 16u));
}
#else
alias Stored = vec4f;

fn widen(stored: Stored) -> vec4f { return stored; }

fn narrow(v: vec4f) -> Stored { return v; }
#endif
