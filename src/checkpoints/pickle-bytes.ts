/** Where a pickle cannot be read. `position` counts its container's bytes from 0; `hint` says what to do about it. */
export class PickleFault extends Error {
  constructor(
    message: string,
    readonly position: number,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** The bytes at hand end before the pickle does. */
export class PickleCut extends PickleFault {
  constructor(position: number) {
    super('it ends in the middle', position);
  }
}

/** Longest number that any file needs, in binary: the states of NumPy's generators have 128 bits and no sign. */
const NUMBER_MAX = 17;
/** Longest module or class name, with its line break. */
const LINE_MAX = 4096;

/** The arguments of a pickle's opcodes, read one after another. Each method throws PickleCut where the bytes end. */
export class PickleBytes {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(bytes: Uint8Array, start: number) {
    this.at = start;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    return this.#view.getUint8(this.#pass(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#pass(2), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#pass(4), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#pass(4), true);
  }

  /** Eight bytes that count something which cannot exceed 2^53. */
  u64(): number {
    const value = this.#view.getBigUint64(this.#pass(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new PickleFault(`a length of ${value} bytes`, this.at);
    return Number(value);
  }

  /** The only big-endian number of the format. */
  f64(): number {
    return this.#view.getFloat64(this.#pass(8), false);
  }

  /** A little-endian integer in two's complement. @returns a bigint only beyond ±(2^53 − 1) */
  integer(length: number): number | bigint {
    if (length > NUMBER_MAX) throw new PickleFault(`an integer of ${length} bytes`, this.at);
    const bytes = this.bytes(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
    return narrow(BigInt.asIntN(8 * length, value));
  }

  /** Bytes of the pickle itself, not a copy. */
  bytes(length: number): Uint8Array {
    const begin = this.#pass(length);
    return this.#bytes.subarray(begin, begin + length);
  }

  text(length: number): string {
    return this.#utf8.decode(this.bytes(length));
  }

  /** Text up to a line break, which is passed. */
  line(): string {
    const end = this.#bytes.subarray(this.at, this.at + LINE_MAX).indexOf(0x0a);
    if (end < 0) {
      if (this.#bytes.byteLength - this.at < LINE_MAX) throw new PickleCut(this.#bytes.byteLength);
      throw new PickleFault(`a name of more than ${LINE_MAX} bytes`, this.at);
    }
    const text = this.text(end);
    this.at++;
    return text;
  }

  /** A decimal integer on a line of its own. */
  decimal(): number | bigint {
    const line = this.line();
    if (!/^-?\d{1,39}$/.test(line)) throw new PickleFault('an integer that is none', this.at);
    return narrow(BigInt(line));
  }

  #pass(length: number): number {
    const begin = this.at;
    if (length > this.#bytes.byteLength - begin) throw new PickleCut(this.#bytes.byteLength);
    this.at += length;
    return begin;
  }
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
