import { readFileSync, writeFileSync } from 'node:fs';

const RECORD = 3073;
const PLANE_ROWS = 32;

/**
 * Writes a CIFAR-10 file of `n` distinct records: those of `from`, over and over, each row turned by one pixel more at
 * every round.
 */
export function writeCifarFile(to: string, n: number, from: readonly string[]): string {
  const shipped = Buffer.concat(from.map((file) => readFileSync(file)));
  const records = shipped.length / RECORD;
  const images = Buffer.alloc(n * RECORD);
  for (let i = 0; i < n; i++) {
    const [start, shift] = [(i % records) * RECORD, Math.floor(i / records)];
    images[i * RECORD] = shipped[start] as number;
    for (let p = 0; p < RECORD - 1; p++) {
      const row = p - (p % PLANE_ROWS);
      images[i * RECORD + 1 + p] = shipped[start + 1 + row + ((p + shift) % PLANE_ROWS)] as number;
    }
  }
  writeFileSync(to, images);
  return to;
}
