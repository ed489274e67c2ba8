import { badPytorch, CUT_OFF } from './pytorch-fault.js';
import { quote } from './quote.js';
import { type ByteSource, readExactly } from './source.js';

/** Limits of what a directory may make us hold. */
const DIRECTORY_MAX = 1 << 28;
const ENTRIES_MAX = 1_000_000;

const END_BYTES = 22;
const COMMENT_MAX = 0xffff;
const LOCATOR_BYTES = 20;
const END64_BYTES = 56;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const ALL_ONES = 0xffffffff;

export interface ZipEntry {
  readonly name: string;
  /** Of the name, in bytes. */
  readonly nameBytes: number;
  /** Position of the entry's own header in the file. */
  readonly header: number;
  /** Of the data as they lie in the file. */
  readonly size: number;
  /** Neither compressed nor encrypted. */
  readonly plain: boolean;
}

/**
 * The directory of a zip archive (APPNOTE 6.3, with zip64), by name. Nothing else of the file is read.
 *
 * @throws BAD_PYTORCH where there is none, or it breaks the format, names an entry twice or is above the limits
 */
export async function readZipDirectory(source: ByteSource): Promise<Map<string, ZipEntry>> {
  const { offset, size, count } = await findDirectory(source);
  if (size > DIRECTORY_MAX || count > ENTRIES_MAX) {
    throw badZip(source, `its directory has ${count} entries in ${size} bytes, above the limits`);
  }
  if (count * ENTRY_BYTES > size) throw badZip(source, `its directory of ${size} bytes cannot hold ${count} entries`);
  const bytes = await readExactly(source, offset, size);
  const view = viewOf(bytes);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_BYTES > size || view.getUint32(at, true) !== 0x02014b50) {
      throw badZip(source, `entry ${i} of its directory is broken`);
    }
    const nameBytes = view.getUint16(at + 28, true);
    const extraBytes = view.getUint16(at + 30, true);
    const end = at + ENTRY_BYTES + nameBytes + extraBytes + view.getUint16(at + 32, true);
    if (end > size) throw badZip(source, `entry ${i} of its directory ends beyond it`);
    const name = new TextDecoder().decode(bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes));
    const extra = bytes.subarray(at + ENTRY_BYTES + nameBytes, at + ENTRY_BYTES + nameBytes + extraBytes);
    const sizes = sizesOf(view, at, extra);
    if (sizes === undefined) throw badZip(source, `the entry ${quote(name)} has no sizes`);
    const { stored, original, header } = sizes;
    if (header + LOCAL_BYTES + stored > offset) {
      throw badZip(source, `the entry ${quote(name)} ends beyond the data`, CUT_OFF);
    }
    if (entries.has(name)) throw badZip(source, `the entry ${quote(name)} comes twice`);
    const plain =
      view.getUint16(at + 10, true) === 0 && (view.getUint16(at + 8, true) & 1) === 0 && stored === original;
    entries.set(name, { name, nameBytes, header, size: stored, plain });
    at = end;
  }
  return entries;
}

/** Position of an entry's first byte of data in the file. @throws BAD_PYTORCH where its own header is none */
export async function zipDataBegin(source: ByteSource, { name, nameBytes, header, size }: ZipEntry): Promise<number> {
  const view = viewOf(await readExactly(source, header, LOCAL_BYTES));
  const begin = header + LOCAL_BYTES + nameBytes + view.getUint16(28, true);
  if (view.getUint32(0, true) !== 0x04034b50 || view.getUint16(26, true) !== nameBytes || begin + size > source.size) {
    throw badZip(source, `the header of the entry ${quote(name)} is broken`);
  }
  return begin;
}

interface DirectoryPlace {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

async function findDirectory(source: ByteSource): Promise<DirectoryPlace> {
  const length = Math.min(source.size, END_BYTES + COMMENT_MAX);
  const tail = await readExactly(source, source.size - length, length);
  const view = viewOf(tail);
  for (let at = length - END_BYTES; at >= 0; at--) {
    // A comment may hold the signature; then its length does not fit.
    if (view.getUint32(at, true) !== 0x06054b50 || at + END_BYTES + view.getUint16(at + 20, true) !== length) continue;
    const end = source.size - length + at;
    const found = (await readEnd64(source, end)) ?? {
      count: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      offset: view.getUint32(at + 16, true),
    };
    if (!(found.offset + found.size <= end)) throw badZip(source, 'its directory ends beyond the file', CUT_OFF);
    return found;
  }
  throw badZip(source, 'it is a zip archive without a directory', CUT_OFF);
}

/** The end record of zip64, if there is one before the plain one at `end`. */
async function readEnd64(source: ByteSource, end: number): Promise<DirectoryPlace | undefined> {
  if (end < LOCATOR_BYTES) return undefined;
  const locator = viewOf(await readExactly(source, end - LOCATOR_BYTES, LOCATOR_BYTES));
  if (locator.getUint32(0, true) !== 0x07064b50) return undefined;
  const at = Number(locator.getBigUint64(8, true));
  if (!(at + END64_BYTES <= end - LOCATOR_BYTES)) throw badZip(source, 'its zip64 end record lies beyond the file');
  const record = viewOf(await readExactly(source, at, END64_BYTES));
  if (record.getUint32(0, true) !== 0x06064b50) throw badZip(source, 'its zip64 end record is broken');
  return {
    count: Number(record.getBigUint64(32, true)),
    size: Number(record.getBigUint64(40, true)),
    offset: Number(record.getBigUint64(48, true)),
  };
}

/** Of the entry at `at`; each that is all ones stands in the extra field 1, in this order. */
function sizesOf(view: DataView, at: number, extra: Uint8Array) {
  const wide = wideSizes(extra);
  const sizeAt = (position: number): number | undefined => {
    const value = view.getUint32(position, true);
    return value === ALL_ONES ? wide.shift() : value;
  };
  const original = sizeAt(at + 24);
  const stored = sizeAt(at + 20);
  const header = sizeAt(at + 42);
  return original === undefined || stored === undefined || header === undefined
    ? undefined
    : { original, stored, header };
}

function wideSizes(extra: Uint8Array): number[] {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const length = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1 && at + 4 + length <= extra.byteLength) {
      return Array.from({ length: Math.floor(length / 8) }, (_, i) => Number(view.getBigUint64(at + 4 + 8 * i, true)));
    }
    at += 4 + length;
  }
  return [];
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function badZip(source: ByteSource, what: string, hint?: string) {
  return badPytorch(source.name, what, hint);
}
