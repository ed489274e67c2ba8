import type { Rgba } from './exif.js';

export type CodecName = 'png' | 'jpeg' | 'webp';

/** Compiles a codec's WebAssembly: from the installed package in Node, from an address in a page. */
export type LoadWasm = (name: CodecName) => Promise<WebAssembly.Module>;

/** One instance of a codec. Once it has thrown, it is not to be used again. */
export type DecodeBytes = (bytes: Uint8Array) => Rgba;

/** The codec's own words on a picture that it cannot decode. */
export class Undecodable extends Error {}

interface Instance {
  readonly decode: DecodeBytes;
  spent: boolean;
}

/**
 * A codec, loaded when it is first used. A failed picture leaves its instance with frames on its stack and memory it
 * never frees (100 damaged JPEGs or 750 PNGs, and good ones fail too), so each failure gets a fresh instance: 2 ms.
 */
export class Codec {
  readonly #load: () => Promise<WebAssembly.Module>;
  readonly #instantiate: (module: WebAssembly.Module) => Promise<DecodeBytes>;
  #module: Promise<WebAssembly.Module> | undefined;
  #current: Promise<Instance> | undefined;

  constructor(
    load: () => Promise<WebAssembly.Module>,
    instantiate: (module: WebAssembly.Module) => Promise<DecodeBytes>,
  ) {
    this.#load = load;
    this.#instantiate = instantiate;
  }

  /** @throws Undecodable; what the loader throws passes through, and the next call loads again. */
  async decode(bytes: Uint8Array): Promise<Rgba> {
    let instance = await this.#instance();
    // Another call's picture may have failed while this one waited. From here on nothing waits.
    while (instance.spent) instance = await this.#instance();
    try {
      return instance.decode(bytes);
    } catch (error) {
      instance.spent = true;
      this.#current = undefined;
      throw new Undecodable(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  #instance(): Promise<Instance> {
    this.#current ??= this.#open();
    return this.#current;
  }

  async #open(): Promise<Instance> {
    try {
      this.#module ??= this.#load();
      return { decode: await this.#instantiate(await this.#module), spent: false };
    } catch (error) {
      this.#module = undefined;
      this.#current = undefined;
      throw error;
    }
  }
}
