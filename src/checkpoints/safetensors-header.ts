import { MemgpuError } from '../errors.js';
import { escapeUnseen } from '../escape-unseen.js';
import type { TensorInfo } from './checkpoint.js';
import { type Dtype, isDtype, tensorBits } from './dtypes.js';
import { quote } from './quote.js';
import { JsonFault, StrictJson } from './strict-json.js';

/** Longest header that the format's reference reader takes. */
export const HEADER_MAX = 100_000_000;
/** Key of the header that holds strings instead of a tensor. */
export const METADATA_KEY = '__metadata__';
/** More axes than any tensor has. */
export const RANK_MAX = 64;
/** Tensors and metadata entries together; bounds what a hostile header can make us hold. */
const ENTRIES_MAX = 1_000_000;

const NO_SAFETENSORS = 'Give a file that was saved as safetensors.';

export interface StoredTensor extends TensorInfo {
  /** The tensor's bytes lie in [begin, end) of its file, row-major, little-endian. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: ReadonlyMap<string, string>;
  /** In the header's order. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

export function badSafetensors(file: string, what: string, hint?: string): MemgpuError {
  return new MemgpuError('BAD_SAFETENSORS', `${escapeUnseen(file)}: ${what}`, hint === undefined ? {} : { hint });
}

/**
 * The header's length, from the file's first 8 bytes (fewer where it has fewer) and its size.
 *
 * @throws BAD_SAFETENSORS before anything of that length is read.
 */
export function headerLength(file: string, start: Uint8Array, size: number): number {
  if (size < 8) {
    throw badSafetensors(file, `${size} bytes are too few: the length field alone has 8`, 'The file may be cut off.');
  }
  const claimed = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (claimed > BigInt(HEADER_MAX)) {
    throw badSafetensors(
      file,
      `it is no safetensors file: a header of ${claimed} bytes is above the limit of ${HEADER_MAX}`,
      guessFormat(start) ?? NO_SAFETENSORS,
    );
  }
  if (8n + claimed > BigInt(size)) {
    throw badSafetensors(
      file,
      `the header (${claimed} bytes) ends beyond the file (${size} bytes)`,
      guessFormat(start) ?? 'The file may be cut off; fetch it again.',
    );
  }
  return Number(claimed);
}

/**
 * Reads and validates a header: every rule of the reference reader, and three of its documentation that it does not check:
 * the first byte is `{`, no key comes twice, integers are below 2^53.
 *
 * @param bytes the header without the length field
 * @param size of the file
 * @throws BAD_SAFETENSORS naming the file, the tensor where there is one, and the rule.
 */
export function parseHeader(file: string, bytes: Uint8Array, size: number): SafetensorsHeader {
  if (bytes[0] !== 0x7b) {
    const what = bytes.byteLength === 0 ? 'the header is empty' : 'the header does not start with "{"';
    throw badSafetensors(file, what, NO_SAFETENSORS);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw badSafetensors(file, 'the header is not UTF-8');
  }
  const metadata = new Map<string, string>();
  const tensors = new Map<string, StoredTensor>();
  const json = new StrictJson(text);
  const dataBegin = 8 + bytes.byteLength;
  let hasMetadata = false;
  let entry: string | undefined;
  try {
    json.members((key) => {
      entry = key;
      if (key === METADATA_KEY) {
        if (hasMetadata) json.fail('it comes twice');
        hasMetadata = true;
        readMetadata(json, metadata);
      } else {
        if (tensors.has(key)) json.fail('the name comes twice');
        tensors.set(key, readRecord(json, key, dataBegin));
      }
      if (tensors.size + metadata.size > ENTRIES_MAX) json.fail(`there are more than ${ENTRIES_MAX} entries`);
      entry = undefined;
    });
    json.end();
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    const where = entry === undefined ? 'the header' : entry === METADATA_KEY ? METADATA_KEY : `tensor ${quote(entry)}`;
    throw badSafetensors(file, `${where}: ${error.message}, at character ${error.position} of the header`);
  }
  checkCoverage(file, [...tensors.values()], dataBegin, size);
  return { metadata, tensors };
}

function readMetadata(json: StrictJson, metadata: Map<string, string>): void {
  json.members((key) => {
    if (metadata.has(key)) json.fail(`the key ${quote(key)} comes twice`);
    metadata.set(key, json.string());
    if (metadata.size > ENTRIES_MAX) json.fail(`there are more than ${ENTRIES_MAX} entries`);
  });
}

/** Keys other than the three of the format are passed over, as the reference reader does. */
function readRecord(json: StrictJson, name: string, dataBegin: number): StoredTensor {
  const record: { dtype?: Dtype; shape?: number[]; offsets?: number[] } = {};
  json.members((key) => {
    if (key === 'dtype') {
      if (record.dtype !== undefined) json.fail('"dtype" comes twice');
      const value = json.string('a string as "dtype"');
      if (!isDtype(value)) json.fail(`the dtype ${quote(value)} is unknown`);
      record.dtype = value;
    } else if (key === 'shape') {
      if (record.shape !== undefined) json.fail('"shape" comes twice');
      record.shape = readCounts(json, key, RANK_MAX);
    } else if (key === 'data_offsets') {
      if (record.offsets !== undefined) json.fail('"data_offsets" come twice');
      record.offsets = readCounts(json, key, 2);
    } else {
      json.skip();
    }
  });
  const { dtype, shape, offsets } = record;
  if (dtype === undefined) return json.fail('"dtype" is missing');
  if (shape === undefined) return json.fail('"shape" is missing');
  if (offsets === undefined) return json.fail('"data_offsets" are missing');
  const [begin, end] = offsets;
  if (begin === undefined || end === undefined) return json.fail('"data_offsets" are not two');
  if (end < begin) return json.fail(`it ends (at ${end}) before it begins (at ${begin})`);
  const of = `${dtype} [${shape.join(', ')}]`;
  const bits = tensorBits(dtype, shape);
  if (bits === undefined) return json.fail(`the size of ${of} is above 2^53 - 1`);
  if (bits % 8 !== 0) return json.fail(`${of} is no whole number of bytes`);
  if (bits / 8 !== end - begin) return json.fail(`${of} has ${bits / 8} bytes, and data_offsets give ${end - begin}`);
  return { name, dtype, shape, begin: dataBegin + begin, end: dataBegin + end };
}

function readCounts(json: StrictJson, key: string, most: number): number[] {
  const counts: number[] = [];
  json.elements(
    () => {
      if (counts.length === most) json.fail(`${quote(key)} has more than ${most} numbers`);
      counts.push(json.count(quote(key)));
    },
    `an array as ${quote(key)}`,
  );
  return counts;
}

/** Every byte after the header belongs to exactly one tensor. */
function checkCoverage(file: string, tensors: StoredTensor[], dataBegin: number, size: number): void {
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = dataBegin;
  let previous: StoredTensor | undefined;
  for (const tensor of tensors) {
    if (tensor.begin > at) {
      const where = previous === undefined ? 'before it' : `between it and ${quote(previous.name)}`;
      throw badSafetensors(
        file,
        `tensor ${quote(tensor.name)}: ${tensor.begin - at} bytes ${where} belong to no tensor`,
      );
    }
    if (tensor.begin < at) {
      throw badSafetensors(file, `tensor ${quote(tensor.name)} overlaps tensor ${quote(previous?.name ?? '')}`);
    }
    if (tensor.end > size) {
      const missing = `it ends ${tensor.end - size} bytes beyond the file`;
      throw badSafetensors(
        file,
        `tensor ${quote(tensor.name)}: ${missing}`,
        'The file may be cut off; fetch it again.',
      );
    }
    at = tensor.end;
    previous = tensor;
  }
  if (at < size) throw badSafetensors(file, `${size - at} bytes after the last tensor belong to none`);
}

/** What people give by mistake, from a file's first bytes: a hint, where they tell. */
export function guessFormat(start: Uint8Array): string | undefined {
  const text = String.fromCharCode(...start.subarray(0, 8));
  if (text.startsWith('PK\x03\x04') || text.startsWith('\x80\x02')) {
    return 'It looks like a PyTorch file; memgpu convert makes a safetensors file of it.';
  }
  if (text.startsWith('version ')) return 'It looks like a Git LFS pointer; fetch the file itself.';
  if (text.startsWith('<')) return 'It looks like a web page; check the address.';
  return undefined;
}
