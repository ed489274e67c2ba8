/** PyTorch files made by hand: pickles opcode by opcode, and zip archives, written apart from `src/checkpoints`. */
import { readdirSync, readFileSync } from 'node:fs';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import type { Checkpoint } from '../../src/checkpoints/checkpoint.js';
import { openCheckpointFile } from '../../src/checkpoints/open-checkpoint.js';

const folder = new URL('../golden/pytorch/', import.meta.url);
/** Files that torch.save wrote; beside each lies `NAME.safetensors` with what PyTorch reads back. */
export const savedFiles = readdirSync(folder).filter((name) => !/\.(py|safetensors)$/.test(name));
export const saved = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));

export const openFile = (file: Uint8Array, name = 'x.pth'): Promise<Checkpoint> =>
  openCheckpointFile(bufferSource(file, name));

export type Part = string | number | Uint8Array | readonly Part[];

/** Bytes one after another: text as UTF-8, numbers as bytes. */
export function bytes(...parts: readonly Part[]): Uint8Array {
  const flat = parts.map((part) => {
    if (typeof part === 'string') return new TextEncoder().encode(part);
    if (typeof part === 'number') return Uint8Array.of(part);
    return part instanceof Uint8Array ? part : bytes(...part);
  });
  const all = new Uint8Array(flat.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of flat) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}

export function little(value: number | bigint, width: number): Uint8Array {
  const out = new Uint8Array(width);
  for (let i = 0, rest = BigInt(value); i < width; i++, rest >>= 8n) out[i] = Number(rest & 0xffn);
  return out;
}

/** Opcodes of a pickle that push a value. */
export const text = (value: string) => bytes('X', little(new TextEncoder().encode(value).byteLength, 4), value);
export const int = (value: number | bigint) => bytes(0x8a, 8, little(value, 8));
export const tuple = (...values: readonly Uint8Array[]) => bytes('(', values, 't');
export const dict = (entries: Readonly<Record<string, Uint8Array>>) =>
  bytes('}(', ...Object.entries(entries).flatMap(([key, value]) => [text(key), value]), 'u');
export const call = (module: string, name: string, ...args: readonly Uint8Array[]) =>
  bytes(`c${module}\n${name}\n`, tuple(...args), 'R');
export const storage = (type: string, key: string, elements: number | bigint, ...view: readonly Uint8Array[]) =>
  bytes(tuple(text('storage'), bytes(`c${type}\n`), text(key), text('cpu'), int(elements), ...view), 'Q');
const FLOAT = 'torch\nFloatStorage';

export interface TensorSpec {
  readonly key?: string;
  readonly elements?: number | bigint;
  readonly type?: string;
  readonly offset?: number | bigint;
  readonly shape?: readonly (number | bigint)[];
  readonly strides?: readonly (number | bigint)[];
}

/** A tensor [2, 2] over the storage `0` of four floats, unless said otherwise. */
export function tensor(spec: TensorSpec = {}): Uint8Array {
  const { key = '0', elements = 4, type = FLOAT, offset = 0, shape = [2, 2], strides = [2, 1] } = spec;
  const [sizes, steps] = [shape, strides].map((numbers) => tuple(...numbers.map(int)));
  const hooks = bytes('ccollections\nOrderedDict\n)R');
  const args = [storage(type, key, elements), int(offset), sizes!, steps!, bytes(0x89), hooks];
  return call('torch._utils', '_rebuild_tensor_v2', ...args);
}

export const pickle = (value: Uint8Array) => bytes(0x80, 2, value, '.');

export interface ZipPart {
  readonly name: string;
  readonly data: Uint8Array;
  /** 8: deflated. */
  readonly method?: number;
  /** As the directory claims it. */
  readonly size?: number;
  /** Sizes and place in a zip64 field, as archives above 4 GiB have them. */
  readonly wide?: boolean;
}

/** A zip archive; `wide` also gives it the end record of zip64. */
export function zip(parts: readonly ZipPart[], { wide = false, comment = '' } = {}): Uint8Array {
  const pieces: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, data, method = 0, size = data.byteLength, wide: wideEntry = false } of parts) {
    const title = new TextEncoder().encode(name);
    const padding = bytes('FB', little(5, 2), 0, 0, 0, 0, 0);
    const local = bytes('PK\x03\x04', little(0, 2), little(0, 2), little(method, 2), little(0, 8), little(size, 4));
    pieces.push(
      local,
      little(size, 4),
      little(title.byteLength, 2),
      little(padding.byteLength, 2),
      title,
      padding,
      data,
    );
    const extra = wideEntry
      ? bytes(little(1, 2), little(24, 2), little(size, 8), little(size, 8), little(at, 8))
      : bytes();
    const sizes = wideEntry ? little(0xffffffff, 4) : little(size, 4);
    directory.push(
      bytes('PK\x01\x02', little(0, 4), little(0, 2), little(method, 2), little(0, 8), sizes, sizes),
      bytes(little(title.byteLength, 2), little(extra.byteLength, 2), little(0, 10)),
      bytes(wideEntry ? little(0xffffffff, 4) : little(at, 4), title, extra),
    );
    at = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }
  const listing = bytes(...directory);
  const end64 = at + listing.byteLength;
  const wideEnd = bytes(
    bytes('PK\x06\x06', little(44, 8), little(45, 4), little(0, 8), little(parts.length, 8), little(parts.length, 8)),
    bytes(little(listing.byteLength, 8), little(at, 8)),
    bytes('PK\x06\x07', little(0, 4), little(end64, 8), little(1, 4)),
  );
  const end = wide
    ? bytes(wideEnd, 'PK\x05\x06', little(0, 4), little(0xffffffff, 4), little(0xffffffffffffffffn, 8))
    : bytes(
        'PK\x05\x06',
        little(0, 4),
        little(parts.length, 2),
        little(parts.length, 2),
        little(listing.byteLength, 4),
        little(at, 4),
      );
  return bytes(...pieces, listing, end, little(comment.length, 2), comment);
}

const FOUR = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);

/** What torch.save would write around this value, with the storage `0`, the floats 1 to 4. */
export function zipFile(value: Uint8Array, storages: Readonly<Record<string, Uint8Array>> = { 0: FOUR }): Uint8Array {
  const data = Object.entries(storages).map(([key, data]) => ({ name: `archive/data/${key}`, data }));
  return zip([
    { name: 'archive/data.pkl', data: pickle(value) },
    ...data,
    { name: 'archive/version', data: bytes('3\n') },
  ]);
}

/** The same in the container of PyTorch before 1.6. */
export function legacyFile(value: Uint8Array, { little: order = true, keys = ['0'], cut = 0 } = {}): Uint8Array {
  const magic = bytes(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19);
  const machine = dict({ protocol_version: int(1001), little_endian: bytes(order ? 0x88 : 0x89) });
  const list = bytes('](', keys.map(text), 'e');
  const file = bytes(
    ...[magic, int(1001), machine, value, list].map(pickle),
    ...keys.flatMap(() => [little(4, 8), FOUR]),
  );
  return file.slice(0, file.byteLength - cut);
}
