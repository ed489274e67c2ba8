/** The element types that the safetensors format knows, and their sizes in bits. */
const BITS = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

export type Dtype = keyof typeof BITS;

export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(BITS, name);
}

/** Bits of one element. */
export function dtypeBits(dtype: Dtype): number {
  return BITS[dtype];
}

/**
 * Bits of a tensor of this type and shape, or undefined where the product, taken axis by axis, exceeds 2^53 − 1.
 */
export function tensorBits(dtype: Dtype, shape: readonly number[]): number | undefined {
  let bits = dtypeBits(dtype);
  for (const size of shape) {
    bits *= size;
    if (!Number.isSafeInteger(bits)) return undefined;
  }
  return bits;
}
