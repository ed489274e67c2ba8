import { HEADER_MAX } from './safetensors-header.js';
import { type ByteSource, readExactly } from './source.js';

/** What may follow the brace: a quote, the end of an empty object, or white space of JSON. */
const AFTER_BRACE = new Set([0x22, 0x7d, 0x20, 0x09, 0x0a, 0x0d]);

/**
 * Whether a source is to be read as safetensors, whatever its name: it begins with a length that fits into it and the
 * start of an object. What is named so is, too: its fault is then that of a broken file.
 * @throws IO
 */
export async function isSafetensors(source: ByteSource): Promise<boolean> {
  if (/\.safetensors$/i.test(source.name)) return true;
  if (source.size < 10) return false;
  const start = await readExactly(source, 0, 10);
  const header = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  const fits = header <= BigInt(HEADER_MAX) && 8n + header <= BigInt(source.size);
  return fits && start[8] === 0x7b && AFTER_BRACE.has(start[9]!);
}
