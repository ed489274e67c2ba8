import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { MemgpuError } from '../../src/errors.js';
import type { Picture } from '../../src/images/image.js';
import { nodeDecoder } from '../../src/platform/node-images.js';

interface Case {
  readonly file: string;
  readonly expect: 'pixels' | 'error' | 'pixels-or-clear-refusal';
  readonly width: number;
  readonly height: number;
  readonly mean: readonly number[];
  readonly corner: readonly number[];
}

const golden = (file: string) => new Uint8Array(readFileSync(new URL(`../golden/decoding/${file}`, import.meta.url)));
const cases: Case[] = JSON.parse(readFileSync(new URL('../golden/decoding/cases.json', import.meta.url), 'utf8'));
const decode = nodeDecoder();

const rgbaOf = (picture: Picture) => ('rgba' in picture ? picture.rgba : expect.fail('no bytes'));
const failure = (bytes: Uint8Array, name: string) =>
  decode(bytes, name).then(
    () => expect.fail(`${name} decodes`),
    (error: MemgpuError) => error,
  );

describe('pictures that other decoders read', () => {
  it.each(cases.filter((one) => one.expect === 'pixels'))('$file gives the pixels that Pillow gives', async (one) => {
    const picture = await decode(golden(one.file), one.file);
    const rgba = rgbaOf(picture);
    expect([picture.width, picture.height]).toEqual([one.width, one.height]);
    const pixels = one.width * one.height;
    expect(rgba.length).toBe(4 * pixels);
    expect([...rgba.subarray(0, 3)]).toEqual(one.corner);
    for (const channel of [0, 1, 2]) {
      let sum = 0;
      for (let i = 0; i < pixels; i++) sum += rgba[4 * i + channel]!;
      // The recorded means have three decimals.
      expect(Math.abs(sum / pixels - one.mean[channel]!)).toBeLessThanOrEqual(0.0005 + 1e-9);
    }
  });
});

describe('pictures that are no pictures', () => {
  it.each(cases.filter((one) => one.expect !== 'pixels'))('$file is refused by name', async ({ file }) => {
    const error = await failure(golden(file), file);
    expect(error).toMatchObject({ name: 'MemgpuError', code: 'BAD_IMAGE' });
    expect(error.message).toContain(`'${file}'`);
  });
});
