/** SHA-256 (FIPS 180-4), by pieces: WebCrypto digests only what lies in memory as a whole. Every room may import this file. */

// biome-ignore-start format: eight words a line
/** First 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const K = Int32Array.of(
  0x428a2f98,
  0x71374491,
  0xb5c0fbcf,
  0xe9b5dba5,
  0x3956c25b,
  0x59f111f1,
  0x923f82a4,
  0xab1c5ed5,
  0xd807aa98,
  0x12835b01,
  0x243185be,
  0x550c7dc3,
  0x72be5d74,
  0x80deb1fe,
  0x9bdc06a7,
  0xc19bf174,
  0xe49b69c1,
  0xefbe4786,
  0x0fc19dc6,
  0x240ca1cc,
  0x2de92c6f,
  0x4a7484aa,
  0x5cb0a9dc,
  0x76f988da,
  0x983e5152,
  0xa831c66d,
  0xb00327c8,
  0xbf597fc7,
  0xc6e00bf3,
  0xd5a79147,
  0x06ca6351,
  0x14292967,
  0x27b70a85,
  0x2e1b2138,
  0x4d2c6dfc,
  0x53380d13,
  0x650a7354,
  0x766a0abb,
  0x81c2c92e,
  0x92722c85,
  0xa2bfe8a1,
  0xa81a664b,
  0xc24b8b70,
  0xc76c51a3,
  0xd192e819,
  0xd6990624,
  0xf40e3585,
  0x106aa070,
  0x19a4c116,
  0x1e376c08,
  0x2748774c,
  0x34b0bcb5,
  0x391c0cb3,
  0x4ed8aa4a,
  0x5b9cca4f,
  0x682e6ff3,
  0x748f82ee,
  0x78a5636f,
  0x84c87814,
  0x8cc70208,
  0x90befffa,
  0xa4506ceb,
  0xbef9a3f7,
  0xc67178f2,
);

/** The same of the square roots of the first 8. */
const H0 = Int32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
);
// biome-ignore-end format: eight words a line

export class Sha256 {
  readonly #state = Int32Array.from(H0);
  readonly #schedule = new Int32Array(64);
  readonly #rest = new Uint8Array(64);
  #restLength = 0;
  #bytes = 0;

  update(bytes: Uint8Array): this {
    this.#bytes += bytes.byteLength;
    let at = 0;
    if (this.#restLength > 0) {
      at = Math.min(64 - this.#restLength, bytes.byteLength);
      this.#rest.set(bytes.subarray(0, at), this.#restLength);
      this.#restLength += at;
      if (this.#restLength < 64) return this;
      compress(this.#state, this.#schedule, this.#rest, 0, 64);
      this.#restLength = 0;
    }
    const whole = at + Math.floor((bytes.byteLength - at) / 64) * 64;
    compress(this.#state, this.#schedule, bytes, at, whole);
    this.#rest.set(bytes.subarray(whole));
    this.#restLength = bytes.byteLength - whole;
    return this;
  }

  /** The digest of everything given so far, as 64 hexadecimal digits; more may be given afterwards. */
  hex(): string {
    const padded = new Uint8Array(this.#restLength < 56 ? 64 : 128);
    padded.set(this.#rest.subarray(0, this.#restLength));
    padded[this.#restLength] = 0x80;
    const view = new DataView(padded.buffer);
    view.setUint32(padded.byteLength - 8, Math.floor(this.#bytes / 2 ** 29));
    view.setUint32(padded.byteLength - 4, (this.#bytes * 8) >>> 0);
    const state = this.#state.slice();
    compress(state, this.#schedule, padded, 0, padded.byteLength);
    return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }
}

/** The SHA-256 of bytes in memory, as 64 hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return new Sha256().update(bytes).hex();
}

/** The SHA-256 of a byte source, read in pieces of 1 MiB. @throws what its `read` throws. */
export async function sha256OfSource(source: {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}): Promise<string> {
  const hash = new Sha256();
  const piece = 1 << 20;
  for (let at = 0; at < source.size; at += piece) {
    hash.update(await source.read(at, Math.min(piece, source.size - at)));
  }
  return hash.hex();
}

/** FIPS 180-4 §6.2.2 on the blocks of 64 bytes in [begin, end). */
function compress(state: Int32Array, w: Int32Array, bytes: Uint8Array, begin: number, end: number): void {
  for (let block = begin; block < end; block += 64) {
    for (let t = 0, i = block; t < 16; t++, i += 4) {
      w[t] = (bytes[i]! << 24) | (bytes[i + 1]! << 16) | (bytes[i + 2]! << 8) | bytes[i + 3]!;
    }
    for (let t = 16; t < 64; t++) {
      const x = w[t - 15]!;
      const y = w[t - 2]!;
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[t] = (s0 + s1 + w[t - 16]! + w[t - 7]!) | 0;
    }
    let a = state[0]!;
    let b = state[1]!;
    let c = state[2]!;
    let d = state[3]!;
    let e = state[4]!;
    let f = state[5]!;
    let g = state[6]!;
    let h = state[7]!;
    for (let t = 0; t < 64; t++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + (g ^ (e & (f ^ g))) + K[t]! + w[t]!) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (c & (a ^ b)))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    state[0] = (state[0]! + a) | 0;
    state[1] = (state[1]! + b) | 0;
    state[2] = (state[2]! + c) | 0;
    state[3] = (state[3]! + d) | 0;
    state[4] = (state[4]! + e) | 0;
    state[5] = (state[5]! + f) | 0;
    state[6] = (state[6]! + g) | 0;
    state[7] = (state[7]! + h) | 0;
  }
}
