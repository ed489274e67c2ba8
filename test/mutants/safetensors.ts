import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import { bytes } from '../images/picture-files.js';
import { changed, splice } from './change.js';
import { goldenBytes } from './corpus.js';
import { type Format, mustHold, pick, type Random } from './format.js';

const GOOD = goldenBytes('safetensors', /^(?!bad-).*\.safetensors$/);

const TOKENS = ['{', '}', '[', ']', '"', ',', ':', '-', '0', '9', '\\', ' ', '\0', '.5', 'e9', 'null'];
TOKENS.push('F32', 'F16', 'F4', 'F6_E2M3', 'C64', 'BOOL', '"shape"', '"dtype"', '"data_offsets"', '__metadata__');

/** Headers that each attack one rule; the data behind them stay those of a good file. */
const HEADERS: readonly ((header: string, next: Random) => string)[] = [
  (header) => header.replace(/^\{("(?:[^"\\]|\\.)*":\{[^{}]*\})/, '{$1,$1'),
  (header) => header.replace(/"shape":\[[^\]]*\]/, '"shape":[4294967296,4294967296,4294967296]'),
  (header) => header.replace(/"shape":\[[^\]]*\]/, '"shape":[9007199254740991]'),
  (header) => header.replace(/"shape":\[[^\]]*\]/, '"shape":[9007199254740993,0]'),
  (header, next) => header.replace(/"shape":\[/, `"shape":[${'1,'.repeat(next() % 100)}`),
  (header, next) => header.replace(/"shape":\[[^\]]*\]/, `"shape":[0,${next()}]`),
  (header, next) => header.replace(/"dtype":/, `"x":${'['.repeat(next() % 200)}${']'.repeat(next() % 200)},"dtype":`),
  (header, next) => header.replace(/"dtype":/, `"x":${'{"a":'.repeat(next() % 5000)},"dtype":`),
  (header) => header.replace(/"data_offsets":\[(\d+),(\d+)\]/, '"data_offsets":[$2,$1]'),
  (header, next) => header.replace(/"data_offsets":\[\d+/, `"data_offsets":[${next() % 64}`),
  (header) => header.replace(/,\d+\]\}/, ',9007199254740993]}'),
  (header) => header.replace(/\d+/, (digits) => `${digits}.0`),
  (header) => header.replace(/\d+/, (digits) => `-${digits}`),
  (header) => header.replace(/\{"/, '{"\\ud800'),
  (header) => header.replace(/\{"/, '{"\\u001b[2J\\u202e'),
  (header) => header.replace(/\{"(?:[^"\\]|\\.)*"/, '{"__proto__"'),
  (header, next) => header.replace(/\{"/, `{"${'../'.repeat(next() % 1400)}`),
  (header) => header.replace(/^\{/, '{"__metadata__":{"a":"b","a":"c"},'),
  (header) => header.replace(/^\{/, '{"empty":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},'),
  (header) => ` ${header}`,
  (header, next) => header + ' '.repeat(next() % 1000),
  (header) => `${header}{}`,
];

/** A change to a safetensors file: of its bytes, of its header with the length field kept true, or of that field. */
export function changedSafetensors(file: Uint8Array, next: Random): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = Number(view.getBigUint64(0, true));
  switch (next() % 8) {
    case 0:
    case 1:
    case 2: {
      const before = new TextDecoder().decode(file.subarray(8, 8 + length));
      return withHeader(file, length, new TextEncoder().encode(pick(HEADERS, next)(before, next)));
    }
    case 3:
    case 4:
    case 5:
      return withHeader(file, length, changed(file.slice(8, 8 + length), next, TOKENS));
    case 6: {
      const wrong = [0, 1, length - 1, length + 1, file.length, file.length - 8, 1e8, 1e8 + 1, 2 ** 32, 2 ** 53];
      const field = new Uint8Array(8);
      const value = next() % 8 === 0 ? 2n ** 64n - 1n : BigInt(Math.max(0, pick(wrong, next)));
      new DataView(field.buffer).setBigUint64(0, value, true);
      return splice(file, 0, 8, field);
    }
    default:
      return changed(file, next, TOKENS);
  }
}

function withHeader(file: Uint8Array, length: number, header: Uint8Array): Uint8Array {
  const field = new Uint8Array(8);
  new DataView(field.buffer).setBigUint64(0, BigInt(header.length), true);
  return bytes(field, header, file.subarray(8 + length));
}

export const safetensors: Format = {
  name: 'safetensors',
  codes: ['BAD_SAFETENSORS'],
  make: (next) => changedSafetensors(pick(GOOD, next), next),
  async load(source, file, made) {
    const checkpoint = await openSafetensors(source);
    const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
    // What another parser sees; it keeps the last of two equal keys, so an equal number says that there were none.
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Record<string, unknown>;
    const names = Object.keys(header).filter((name) => name !== '__metadata__');
    mustHold(names.length === checkpoint.tensors.size, `${checkpoint.tensors.size} tensors of ${names.length}`);
    let covered = 0;
    for (const name of names) {
      const { begin, end, shape, dtype } = checkpoint.tensors.get(name)!;
      const record = header[name] as { shape: number[]; dtype: string };
      mustHold(JSON.stringify(record.shape) === JSON.stringify(shape) && record.dtype === dtype, 'another shape');
      const stored = await checkpoint.readBytes(name);
      mustHold(Buffer.compare(stored, file.subarray(begin, end)) === 0, 'other bytes');
      covered += stored.length;
      made(stored.length);
      if (/^(F4|F6|F8|C64)/.test(dtype)) continue;
      const values = await checkpoint.readF32(name);
      mustHold(values.length === shape.reduce((product, size) => product * size, 1), 'another number of values');
      made(values.byteLength);
    }
    mustHold(8 + length + covered === file.length, 'bytes that belong to no tensor');
    await checkpoint.close();
  },
  // A byte becomes one float.
  largest: (fileBytes) => 4 * fileBytes,
};
