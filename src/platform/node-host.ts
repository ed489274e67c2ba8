import { findCheckpoint } from './encoder-files.js';
import { nodeDecoder } from './node-images.js';
import { openPath } from './path-source.js';

/** What Node supplies to the library: paths, and decoders of pictures. */
export function nodeHost() {
  return { openPath, findCheckpoint, decode: nodeDecoder() };
}
