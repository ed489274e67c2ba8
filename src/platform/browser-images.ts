import { MemgpuError } from '../errors.js';
import type { CodecName } from '../images/codec.js';
import type { IndexedDataset } from '../images/dataset.js';
import type { Decode } from '../images/decode.js';
import { chosenImages, pathsOf } from './chosen-files.js';

/** Where the codecs' WebAssembly lies. */
export type WasmAddresses = Partial<Record<CodecName, string | URL>>;

/** Beside this module; written out, as bundlers look for it. */
const WASM: Record<CodecName, () => URL> = {
  png: () => new URL('./squoosh_png_bg.wasm', import.meta.url),
  jpeg: () => new URL('./mozjpeg_dec.wasm', import.meta.url),
  webp: () => new URL('./webp_dec.wasm', import.meta.url),
};

/**
 * A decoder for PNG, JPEG and WebP; nothing of it is fetched before the first picture, each codec when it is first
 * needed.
 *
 * @param addresses of codecs that do not lie beside this module under their packages' file names
 */
export function browserDecoder(addresses: WasmAddresses = {}): Decode {
  let decoder: Promise<Decode> | undefined;
  const open = async () => (await import('../images/decode.js')).createDecoder((name) => fetchCodec(name, addresses));
  return async (bytes, name) => {
    decoder ??= open().catch((error) => {
      decoder = undefined;
      throw error;
    });
    return (await decoder)(bytes, name);
  };
}

async function fetchCodec(name: CodecName, addresses: WasmAddresses): Promise<WebAssembly.Module> {
  const address = addresses[name] ?? WASM[name]();
  try {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return await WebAssembly.compile(await response.arrayBuffer());
  } catch (cause) {
    throw new MemgpuError('IO', `the ${name.toUpperCase()} decoder ${address} cannot be loaded`, {
      hint: 'Serve the file there, or say where it lies.',
      cause,
    });
  }
}

/**
 * A dataset from files as an `<input type=file>` gives them: one safetensors file with `images`, one CIFAR binary, or
 * pictures. Of a chosen folder the paths within it count.
 *
 * @throws BAD_DATASET, BAD_SAFETENSORS where they are no dataset; IO
 */
export function openFiles(files: Iterable<File>, decode: Decode): Promise<IndexedDataset> {
  const chosen = pathsOf(files);
  return chosenImages(chosen.folder ?? 'files', chosen.files, decode);
}
