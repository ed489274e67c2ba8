import type { ByteSource } from './source.js';

/** Records of one size at the start of a source, read in blocks of 64: neighbours cost one read. */
export function recordReader(source: ByteSource, size: number): (record: number) => Promise<Uint8Array> {
  const perBlock = 64;
  const records = Math.floor(source.size / size);
  let kept: { readonly block: number; readonly bytes: Promise<Uint8Array> } | undefined;
  return async (record) => {
    const block = Math.floor(record / perBlock);
    if (kept?.block !== block) {
      const first = block * perBlock;
      const reading = { block, bytes: source.read(first * size, Math.min(perBlock, records - first) * size) };
      reading.bytes.catch(() => {
        if (kept === reading) kept = undefined;
      });
      kept = reading;
    }
    const at = (record - block * perBlock) * size;
    return (await kept.bytes).slice(at, at + size);
  };
}
