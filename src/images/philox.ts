/**
 * Counter-based random numbers: Philox4x32 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3" (SC'11). A number is a pure function of its address, so it does not matter who asks for it, or in which order.
 */

export type PhiloxCounter = readonly [number, number, number, number];
export type PhiloxKey = readonly [number, number];

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** Second word of the key: keeps the numbers of views apart from any other use of the same seed ('view' in ASCII). */
const VIEW_STREAM = 0x76696577;

/** Upper 32 bits of the product of two u32. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const lowHigh = aLow * bHigh;
  const highLow = aHigh * bLow;
  const middle = ((aLow * bLow) >>> 16) + (lowHigh & 0xffff) + (highLow & 0xffff);
  return (aHigh * bHigh + (lowHigh >>> 16) + (highLow >>> 16) + (middle >>> 16)) >>> 0;
}

/**
 * One block of Philox4x32.
 * @param counter four u32, the address
 * @param key two u32
 * @param rounds 10 is the published generator
 * @returns four u32
 */
export function philox4x32(counter: PhiloxCounter, key: PhiloxKey, rounds = 10): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < rounds; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** The uniform numbers of one view, each by the number of its slot. */
export type SlotDraw = (slot: number) => number;

/**
 * The stream of one view: `draw(slot)` is uniform on [0, 1), a multiple of 2⁻⁵³, and always the same for a slot.
 * Counter: (slot, view, image index low, image index high); key: (seed, 'view').
 * @param seed u32
 * @param image image index, an integer from 0 below 2⁵³
 * @param view number of the view of this image, u32
 */
export function viewStream(seed: number, image: number, view: number): SlotDraw {
  const imageLow = image >>> 0;
  const imageHigh = Math.floor(image / 0x100000000);
  const key: PhiloxKey = [seed >>> 0, VIEW_STREAM];
  return (slot) => {
    const [a, b] = philox4x32([slot, view, imageLow, imageHigh], key);
    return ((a >>> 5) * 0x4000000 + (b >>> 6)) / 0x20000000000000;
  };
}
