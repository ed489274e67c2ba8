import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemgpuError } from '../../src/errors.js';
import type { CodecName } from '../../src/images/codec.js';
import { createDecoder } from '../../src/images/decode.js';
import { loadWasm, nodeDecoder } from '../../src/platform/node-images.js';
import { afterMarker, bytes, golden, pngChunk, rgbaOf, u32, xorshift } from './picture-files.js';

interface Case {
  readonly file: string;
  readonly expect: 'pixels' | 'error' | 'pixels-or-clear-refusal';
  readonly width: number;
  readonly height: number;
  readonly mean: readonly number[];
  readonly corner: readonly number[];
}

const cases: Case[] = JSON.parse(readFileSync(new URL('../golden/decoding/cases.json', import.meta.url), 'utf8'));
const decode = nodeDecoder();
const refused = { name: 'MemgpuError', code: 'BAD_IMAGE' };

/** A JPEG whole as a file, but without its quantization tables. */
function withoutTables(jpeg: Uint8Array): Uint8Array {
  return bytes(jpeg.subarray(0, afterMarker(jpeg, 0xdb) - 2), jpeg.subarray(afterMarker(jpeg, 0xc0) - 2));
}

describe('pictures', () => {
  it.each(cases.filter((one) => one.expect === 'pixels'))('$file gives the pixels that Pillow gives', async (one) => {
    const picture = await decode(golden(one.file), one.file);
    const rgba = rgbaOf(picture);
    const pixels = one.width * one.height;
    expect([picture.width, picture.height, rgba.length]).toEqual([one.width, one.height, 4 * pixels]);
    expect([...rgba.subarray(0, 3)]).toEqual(one.corner);
    for (const channel of [0, 1, 2]) {
      let sum = 0;
      for (let i = 0; i < pixels; i++) sum += rgba[4 * i + channel]!;
      // The recorded means have three decimals.
      expect(Math.abs(sum / pixels - one.mean[channel]!)).toBeLessThanOrEqual(0.0005 + 1e-9);
    }
  });

  it('of equal colours are equal, whatever their alpha', async () => {
    const opaque = rgbaOf(await decode(golden('rgb.png'), 'rgb.png'));
    const translucent = rgbaOf(await decode(golden('rgba.png'), 'rgba.png'));
    const colours = (rgba: Uint8Array) => rgba.filter((_, i) => i % 4 !== 3);
    expect(colours(translucent)).toEqual(colours(opaque));
  });
});

describe('files that are refused', () => {
  it.each(cases.filter((one) => one.expect !== 'pixels'))('$file is refused by name', async ({ file }) => {
    const refusal = { ...refused, message: expect.stringContaining(`'${file}'`) };
    await expect(decode(golden(file), file)).rejects.toMatchObject(refusal);
  });

  it('a CMYK picture, saying so', async () => {
    const refusal = { ...refused, message: expect.stringContaining('CMYK'), hint: 'Convert it to RGB.' };
    await expect(decode(golden('cmyk.jpg'), 'cmyk.jpg')).rejects.toMatchObject(refusal);
  });

  it('an animated WebP, saying so', async () => {
    const still = golden('lossy.webp');
    const canvas = [0x02, 0, 0, 0, 95, 0, 0, 63, 0, 0];
    const chunks = bytes(
      'WEBP',
      'VP8X',
      u32(10, true),
      canvas,
      'ANIM',
      u32(6, true),
      [0, 0, 0, 0, 0, 0],
      still.subarray(12),
    );
    const animated = bytes('RIFF', u32(chunks.length, true), chunks);
    await expect(decode(animated, 'a.webp')).rejects.toThrow(/animated WebP/);
  });

  it('sizes beyond 64 million pixels, from the header alone', async () => {
    const png = golden('bomb.png');
    const jpeg = golden('baseline.jpg');
    jpeg.set([0xff, 0xff, 0xff, 0xff], afterMarker(jpeg, 0xc0) + 3);
    const lossy = golden('lossy.webp');
    lossy.set([0xff, 0x3f, 0xff, 0x3f], 26);
    const lossless = golden('lossless.webp');
    lossless.set([0xff, 0xff, 0xff, 0x0f], 21);
    const never = createDecoder(() => expect.fail('a codec is loaded'));
    for (const [name, file] of Object.entries({ png, jpeg, lossy, lossless })) {
      await expect(never(file, name), name).rejects.toThrow(/pixels, more than the 64 million/);
    }
  });

  it('a JPEG of so many scans that it would hang', async () => {
    const jpeg = golden('progressive.jpg');
    const scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0];
    const many = bytes(jpeg.subarray(0, -2), ...Array.from({ length: 600 }, () => scan), [0xff, 0xd9]);
    await expect(decode(many, 'scans.jpg')).rejects.toThrow(/500 scans/);
  });

  it('a JPEG of 12 bits or of arithmetic coding, saying so', async () => {
    const twelve = golden('baseline.jpg');
    twelve[afterMarker(twelve, 0xc0) + 2] = 12;
    await expect(decode(twelve, 'a.jpg')).rejects.toThrow(/12 bits per sample/);
    const arithmetic = golden('baseline.jpg');
    arithmetic[afterMarker(arithmetic, 0xc0) - 1] = 0xc9;
    await expect(decode(arithmetic, 'a.jpg')).rejects.toThrow(/coding process 9/);
  });

  it.each(['rgb.png', 'baseline.jpg', 'progressive.jpg', 'lossy.webp', 'lossless.webp'])(
    '%s, cut anywhere',
    async (file) => {
      const whole = golden(file);
      for (let length = 0; length < whole.length; length += Math.ceil(whole.length / 40)) {
        await expect(decode(whole.subarray(0, length), file), `${length} bytes`).rejects.toMatchObject(refused);
      }
    },
  );

  it('a JPEG with flipped bits in its data, which its decoder only notes', async () => {
    const jpeg = golden('baseline.jpg');
    jpeg.set([0xff, 0xd5], afterMarker(jpeg, 0xda) + 500);
    await expect(decode(jpeg, 'a.jpg')).rejects.toThrow(/Corrupt JPEG data/);
  });

  it('names cannot steer a terminal', async () => {
    const name = 'a\u001b[2J\nb\u202e.png';
    await expect(decode(new Uint8Array(0), name)).rejects.toThrow("'a\\u{1b}[2J\\u{a}b\\u{202e}.png' is empty");
  });
});

describe('damage', () => {
  it('behind valid checksums is refused as well', async () => {
    const random = xorshift(7);
    const png = golden('rgb.png');
    const start = png.indexOf(0x49, 30);
    const header = png.subarray(0, 33);
    const view = new DataView(png.buffer);
    const at = String.fromCharCode(...png.subarray(start, start + 4)) === 'IDAT' ? start : expect.fail('no data');
    const data = png.slice(at + 4, at + 4 + view.getUint32(at - 4));
    for (let round = 0; round < 200; round++) {
      const damaged = data.slice(0, 2 + (random() % (data.length - 8)));
      const file = bytes(header, pngChunk('IDAT', damaged), pngChunk('IEND', []));
      await expect(decode(file, 'a.png'), `round ${round}`).rejects.toMatchObject(refused);
    }
  });

  it.each([
    [
      'rgb.png',
      900,
      (good: Uint8Array) => bytes(good.subarray(0, 33), pngChunk('IDAT', [0x78, 0x9c, 1, 2]), pngChunk('IEND', [])),
    ],
    ['baseline.jpg', 150, withoutTables],
    ['lossy.webp', 150, (good: Uint8Array) => good.slice().fill(0xff, 21, 23)],
  ] as const)('in many files like %s leaves good ones readable', async (file, times, damage) => {
    const good = golden(file);
    const before = await decode(good, file);
    for (let i = 0; i < times; i++) await expect(decode(damage(good), file)).rejects.toThrow(/cannot be decoded/);
    expect(await decode(good, file)).toEqual(before);
  });

  it('of one picture does not disturb those decoded beside it', async () => {
    const good = golden('baseline.jpg');
    const bad = withoutTables(good);
    const alone = await decode(good, 'good.jpg');
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, (_, i) => decode(i % 2 === 0 ? bad : good, `${i}.jpg`)),
    );
    outcomes.forEach((outcome, i) => {
      if (i % 2 === 0) expect(outcome).toMatchObject({ status: 'rejected', reason: refused });
      else expect(outcome).toEqual({ status: 'fulfilled', value: alone });
    });
  });
});

describe('codecs', () => {
  it('are loaded when their first picture comes, once', async () => {
    const loaded: CodecName[] = [];
    const counting = createDecoder((name) => {
      loaded.push(name);
      return loadWasm(name);
    });
    await Promise.all([counting(golden('rgb.png'), 'a'), counting(golden('rgba.png'), 'b')]);
    expect(loaded).toEqual(['png']);
    await counting(golden('lossy.webp'), 'c');
    expect(loaded).toEqual(['png', 'webp']);
  });

  it('that cannot be loaded say so as the loader does, and are tried again', async () => {
    let fails = true;
    const flaky = createDecoder(async (name) => {
      if (fails) throw new MemgpuError('IO', 'no network');
      return loadWasm(name);
    });
    for (const file of ['rgb.png', 'baseline.jpg', 'lossy.webp']) {
      fails = true;
      await expect(flaky(golden(file), file)).rejects.toMatchObject({ code: 'IO' });
      fails = false;
      await expect(flaky(golden(file), file)).resolves.toMatchObject({ width: 96 });
    }
  });

  it('leave no global behind', async () => {
    for (const file of ['rgb.png', 'baseline.jpg', 'lossy.webp']) await nodeDecoder()(golden(file), file);
    expect('ImageData' in globalThis).toBe(false);
  });
});
