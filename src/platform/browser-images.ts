import { MemgpuError } from '../errors.js';
import type { CodecName } from '../images/codec.js';
import type { IndexedDataset } from '../images/dataset.js';
import { createDecoder, type Decode } from '../images/decode.js';
import { chosenImages } from './chosen-files.js';

/** Where the codecs' WebAssembly lies. */
export type WasmAddresses = Partial<Record<CodecName, string | URL>>;

const WASM: Record<CodecName, string> = {
  png: 'squoosh_png_bg.wasm',
  jpeg: 'mozjpeg_dec.wasm',
  webp: 'webp_dec.wasm',
};

/**
 * A decoder for PNG, JPEG and WebP; each codec is fetched when it is first needed.
 *
 * @param addresses of codecs that do not lie beside this module under their packages' file names
 */
export function browserDecoder(addresses: WasmAddresses = {}): Decode {
  return createDecoder(async (name) => {
    const address = addresses[name] ?? new URL(WASM[name], import.meta.url);
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
  });
}

/**
 * A dataset from files as an `<input type=file>` gives them: one safetensors file with `images`, one CIFAR binary, or
 * pictures. Of a chosen folder the paths within it count.
 *
 * @throws BAD_DATASET, BAD_SAFETENSORS where they are no dataset; IO
 */
export function openFiles(files: Iterable<File>, decode: Decode): Promise<IndexedDataset> {
  const all = [...files];
  const folder = all[0]?.webkitRelativePath?.split('/')[0] || 'files';
  const chosen = all.map((file) => ({
    path: file.webkitRelativePath?.split('/').slice(1).join('/') || file.name,
    file,
  }));
  return chosenImages(folder, chosen, decode);
}
