import type { DecodeBytes } from './codec.js';

/** What the factories of `@jsquash/jpeg` and `@jsquash/webp` take and give. */
export type EmscriptenFactory = (options: {
  noInitialRun: boolean;
  locateFile: (file: string) => string;
  instantiateWasm: (imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void) => object;
  print: (line: string) => void;
  printErr: (line: string) => void;
}) => Promise<{ decode(bytes: Uint8Array, ...options: unknown[]): DecodedImage | null }>;

interface DecodedImage {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/**
 * A fresh instance of an Emscripten codec. Whatever it notes while it decodes is an error: of several notes it prints
 * only the first, so a harmless one could stand before "Premature end of JPEG file".
 *
 * @param options what its `decode` takes beside the bytes
 */
export async function instantiateEmscripten(
  module: WebAssembly.Module,
  factory: EmscriptenFactory,
  ...options: unknown[]
): Promise<DecodeBytes> {
  let notes: string[] = [];
  const codec = await withImageData(() =>
    factory({
      noInitialRun: true,
      locateFile: (file) => file,
      instantiateWasm: (imports, receive) => {
        const instance = new WebAssembly.Instance(module, imports);
        receive(instance);
        return instance.exports;
      },
      print: () => {},
      printErr: (line) => notes.push(line),
    }),
  );
  return (bytes) => {
    notes = [];
    let image: DecodedImage | null;
    try {
      image = withImageData(() => codec.decode(bytes, ...options));
    } catch (error) {
      throw new Error(notes[0] ?? (error instanceof Error ? error.message : 'the decoder stopped'));
    }
    if (notes.length > 0) throw new Error(notes[0]);
    if (!image) throw new Error('the decoder gave no picture');
    const { width, height, data } = image;
    return { width, height, rgba: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  };
}

class PlainImageData {
  constructor(
    readonly data: Uint8ClampedArray,
    readonly width: number,
    readonly height: number,
  ) {}
}

/** The codecs construct a global `ImageData`, which Node lacks: lent for the time of the call only. */
function withImageData<T>(run: () => T): T {
  if ('ImageData' in globalThis) return run();
  const host = globalThis as { ImageData?: unknown };
  host.ImageData = PlainImageData;
  try {
    return run();
  } finally {
    delete host.ImageData;
  }
}
