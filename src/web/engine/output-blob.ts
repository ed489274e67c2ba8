import type { OutputName } from '../../outputs.js';
import type { FileContent } from '../../platform/whole-files.js';

/** A file of a run, of the type that browsers know it by. */
export function outputBlob(name: OutputName, content: FileContent): Blob {
  const whole = typeof content === 'string' || content instanceof Uint8Array;
  // A part holds until the next one is asked for; in a Blob of its own it may lie on disk.
  const parts = whole ? [content as BlobPart] : Array.from(content, (part) => new Blob([part as BlobPart]));
  return new Blob(parts, { type: TYPES[name] });
}

const TYPES: Readonly<Record<OutputName, string>> = {
  'report.json': 'application/json',
  'report.html': 'text/html',
  'scores.safetensors': 'application/octet-stream',
  'layers.csv': 'text/csv',
  'units.csv': 'text/csv',
  'images.csv': 'text/csv',
};
