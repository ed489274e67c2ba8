import { describe, expect, it } from 'vitest';
import { datasetOf } from '../../src/images/dataset.js';
import { withOneDigest } from '../../src/images/one-digest.js';
import { select } from '../../src/images/selection.js';

/** Three images of four bytes, which the test changes. */
function changing() {
  const stored = [0, 1, 2].map((value) => new Uint8Array(4).fill(value));
  const dataset = datasetOf({
    name: 'photos',
    length: stored.length,
    nameOf: (position) => `${position}.png`,
    bytes: async (position) => stored[position]!.slice(),
    labelOf: () => undefined,
    picture: (_, rgba) => ({ width: 1, height: 1, rgba }),
  });
  return { stored, dataset };
}

describe('an image that changes after the digest was made', () => {
  const refusal = (image: string) => ({
    code: 'IO',
    message: `'photos': '${image}' has changed since the images were first read`,
    hint: expect.stringContaining('start again'),
  });

  it('is refused by name, at every single bit; the others load', async () => {
    const { stored, dataset } = changing();
    await dataset.digest();
    for (let bit = 0; bit < 32; bit++) {
      stored[1]![bit >> 3]! ^= 1 << (bit & 7);
      await expect(dataset.load(1)).rejects.toMatchObject(refusal('1.png'));
      stored[1]![bit >> 3]! ^= 1 << (bit & 7);
    }
    for (const position of [0, 1, 2]) expect((await dataset.load(position)).index).toBe(position);
  });

  it('is refused where it became longer, or took the place of another', async () => {
    const { stored, dataset } = changing();
    await dataset.digest();
    stored[1] = Uint8Array.of(1, 1, 1, 1, 0);
    stored[2] = new Uint8Array(4);
    await expect(dataset.load(1)).rejects.toMatchObject(refusal('1.png'));
    await expect(dataset.load(2)).rejects.toMatchObject(refusal('2.png'));
  });

  it('is refused in a selection too', async () => {
    const { stored, dataset } = changing();
    const part = withOneDigest(select(dataset, [2, 0]));
    await part.digest();
    stored[2]!.fill(9);
    await expect(part.load(0)).rejects.toMatchObject(refusal('2.png'));
    expect((await part.load(1)).name).toBe('0.png');
  });

  it('counts as it is once another digest is made', async () => {
    const { stored, dataset } = changing();
    const before = await dataset.digest();
    stored[0]!.fill(9);
    expect(await dataset.digest()).not.toBe(before);
    expect((await dataset.load(0)).index).toBe(0);
  });
});

it('without a digest there is nothing to compare with', async () => {
  const { stored, dataset } = changing();
  await dataset.load(0);
  stored[0]!.fill(9);
  expect((await dataset.load(0)).picture).toMatchObject({ rgba: new Uint8Array(4).fill(9) });
});
