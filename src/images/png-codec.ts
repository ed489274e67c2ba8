import type { DecodeBytes } from './codec.js';
import type { Rgba } from './exif.js';

interface Exports {
  readonly memory: WebAssembly.Memory;
  /** Takes the bytes over (it frees them); gives back the handle that `newwithowned…` returned. */
  readonly decode: (pointer: number, length: number) => number;
  readonly __wbindgen_malloc: (size: number, alignment: number) => number;
  readonly __wbindgen_free: (pointer: number, size: number, alignment: number) => void;
}

/**
 * A fresh instance of `@jsquash/png`'s WebAssembly. The package's own JavaScript keeps one instance for ever (a
 * picture that fails cannot be cleaned up after) and needs a global `ImageData`; these are the imports that its
 * `decode` calls.
 */
export async function instantiatePng(module: WebAssembly.Module): Promise<DecodeBytes> {
  let picture: Rgba | undefined;
  const calls: Record<string, (...args: number[]) => number> = {
    /** `new ImageData(pixels, width, height)`, the pixels being handed over. */
    newwithownedu8clampedarrayandsh: (pointer, length, width, height) => {
      const rgba = new Uint8Array(wasm.memory.buffer, pointer! >>> 0, length).slice();
      wasm.__wbindgen_free(pointer!, length!, 1);
      picture = { width: width! >>> 0, height: height! >>> 0, rgba };
      return 0;
    },
    throw: (pointer, length) => {
      throw new Error(new TextDecoder().decode(new Uint8Array(wasm.memory.buffer, pointer! >>> 0, length)));
    },
  };
  const imports: WebAssembly.ModuleImports = {};
  for (const { name } of WebAssembly.Module.imports(module)) {
    const call = /^__(?:wbg|wbindgen)_(.*?)(?:_[0-9a-f]{16})?$/.exec(name)?.[1] ?? name;
    imports[name] =
      calls[call] ??
      (() => {
        throw new Error(`the PNG decoder calls ${name}`);
      });
  }
  const instance = await WebAssembly.instantiate(module, { wbg: imports });
  const wasm = instance.exports as unknown as Exports;
  return (bytes) => {
    picture = undefined;
    const pointer = wasm.__wbindgen_malloc(bytes.length, 1) >>> 0;
    new Uint8Array(wasm.memory.buffer, pointer, bytes.length).set(bytes);
    wasm.decode(pointer, bytes.length);
    if (!picture) throw new Error('the decoder gave no picture');
    return picture;
  };
}
