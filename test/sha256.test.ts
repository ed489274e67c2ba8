import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Sha256, sha256, sha256OfSource } from '../src/sha256.js';

const ascii = (text: string) => new TextEncoder().encode(text);
const counting = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 197) >> 2);
const reference = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('SHA-256', () => {
  it('gives the digests of the examples published with FIPS 180', () => {
    expect(sha256(ascii('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256(ascii(''))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(sha256(ascii('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'))).toBe(
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    );
    expect(sha256(new Uint8Array(1_000_000).fill(0x61))).toBe(
      'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
    );
  });

  it('agrees with node:crypto at every length around the padding', () => {
    for (let length = 0; length <= 260; length++) {
      const bytes = counting(length);
      expect(sha256(bytes)).toBe(reference(bytes));
    }
  });

  it('does not depend on how the bytes are cut, and goes on after a digest', () => {
    const bytes = counting(1000);
    for (const piece of [1, 3, 63, 64, 65, 127, 128, 500]) {
      const hash = new Sha256();
      for (let at = 0; at < bytes.length; at += piece) {
        hash.update(bytes.subarray(at, at + piece));
        hash.update(new Uint8Array(0));
        expect(hash.hex()).toBe(reference(bytes.subarray(0, at + piece)));
      }
    }
  });

  it('of a source is that of its bytes, read in pieces', async () => {
    for (const size of [0, 1, (1 << 20) - 1, 1 << 20, 3_000_001]) {
      const bytes = counting(size);
      const lengths: number[] = [];
      const source = {
        size,
        read: async (offset: number, length: number) => {
          lengths.push(length);
          return bytes.slice(offset, offset + length);
        },
      };
      expect(await sha256OfSource(source)).toBe(reference(bytes));
      expect(Math.max(0, ...lengths)).toBeLessThanOrEqual(1 << 20);
    }
  });
});
