import { bytes, pngChunk, u32 } from '../images/picture-files.js';
import { changed } from './change.js';
import { goldenBytes } from './corpus.js';
import { pick, type Random } from './format.js';
import { hostileExif, pictureFormat, SIDES } from './picture.js';

const [RGB] = goldenBytes('decoding', /^rgb\.png$/);
const GOOD = goldenBytes('decoding', /^(?:rgb|rgba|palette|gray16)\.png$/);
const SIGNATURE = RGB!.subarray(0, 8);
const PIECES = [
  'IHDR',
  'IDAT',
  'IEND',
  'PLTE',
  'tRNS',
  'iCCP',
  'zTXt',
  'acTL',
  'fcTL',
  'fdAT',
  'eXIf',
  'gAMA',
  'x\x9c',
];

interface Chunk {
  type: string;
  data: Uint8Array;
}

function chunksOf(file: Uint8Array): Chunk[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const chunks: Chunk[] = [];
  for (let at = 8; at + 12 <= file.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    chunks.push({ type, data: file.slice(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

/** Whole chunks with true checksums, so that the change reaches what is behind them. */
function rebuilt(file: Uint8Array, next: Random): Uint8Array {
  const chunks = chunksOf(file);
  const header = chunks[0]!.data;
  switch (next() % 8) {
    case 0:
      header.set([...u32(pick(SIDES, next)), ...u32(pick([...SIDES, 2 ** 31, 2 ** 32 - 1], next))]);
      break;
    case 1:
      header[8 + (next() % 5)] = pick([0, 1, 2, 3, 4, 6, 8, 16, 255], next);
      break;
    case 2:
      chunks.splice(next() % chunks.length, 1);
      break;
    case 3:
      chunks.splice(next() % chunks.length, 0, pick(chunks, next));
      break;
    case 4: {
      const data = Uint8Array.from({ length: next() % 300 }, () => next());
      chunks.splice(1 + (next() % chunks.length), 0, { type: pick(PIECES.slice(0, 12), next), data });
      break;
    }
    case 5:
      chunks.splice(1, 0, { type: 'eXIf', data: hostileExif(next) });
      break;
    default: {
      const chunk = pick(chunks, next);
      chunk.data = changed(chunk.data, next, ['\0\0\0\0', '\xff\xff\xff\xff']);
    }
  }
  return bytes(SIGNATURE, ...chunks.map(({ type, data }) => pngChunk(type, data)));
}

export const png = pictureFormat('png', RGB!, (next) => {
  const file = pick(GOOD, next);
  return next() % 3 === 0 ? changed(file, next, PIECES) : rebuilt(file, next);
});
