import type { Gpu } from '../../gpu/gpu.js';
import type { Decode } from '../../images/decode.js';
import { type LoadedEncoder, loadEncoder } from '../../load-encoder.js';
import { chosenEncoder } from '../../platform/chosen-files.js';
import type { Chosen, EncoderRole, EncoderSettings, EncoderSummary } from './contract.js';

interface Wanted {
  readonly chosen: Chosen;
  readonly settings: EncoderSettings;
}

/** The encoders that were chosen, on the GPU at hand; on another GPU they are read again from their files. */
export class Encoders {
  readonly #decode: Decode;
  readonly #open: () => Promise<Gpu>;
  #gpu: Promise<Gpu> | null = null;
  readonly #wanted = new Map<EncoderRole, Wanted>();
  readonly #loaded = new Map<EncoderRole, LoadedEncoder>();

  constructor(open: () => Promise<Gpu>, decode: Decode) {
    this.#open = open;
    this.#decode = decode;
  }

  /** The GPU, opened anew where the last one failed. @throws NO_ADAPTER */
  async gpu(): Promise<Gpu> {
    const gpu = await (this.#gpu ?? this.#opened());
    try {
      gpu.check();
      return gpu;
    } catch {
      await this.leave();
      return this.#opened();
    }
  }

  #opened(): Promise<Gpu> {
    this.#gpu = this.#open();
    // What cannot be opened now is tried again when it is needed next.
    this.#gpu.catch(() => {
      this.#gpu = null;
    });
    return this.#gpu;
  }

  /** Lets go of the GPU and of what lies on it. */
  async leave(): Promise<void> {
    for (const encoder of this.#loaded.values()) encoder.dispose();
    this.#loaded.clear();
    const gpu = this.#gpu;
    this.#gpu = null;
    await (await gpu)?.dispose().catch(() => {});
  }

  /** @throws what `loadEncoder` throws; then there is no such encoder */
  async choose(role: EncoderRole, wanted: Wanted | null): Promise<EncoderSummary | null> {
    this.#loaded.get(role)?.dispose();
    this.#loaded.delete(role);
    this.#wanted.delete(role);
    if (wanted === null) return null;
    const encoder = await this.#load(await this.gpu(), wanted);
    this.#wanted.set(role, wanted);
    this.#loaded.set(role, encoder);
    return {
      facts: encoder.facts,
      layers: encoder.defaultTaps,
      notes: encoder.model.notes.map(({ message }) => message),
    };
  }

  /** The encoder on the GPU at hand; undefined where none was chosen. */
  async get(role: EncoderRole): Promise<LoadedEncoder | undefined> {
    const wanted = this.#wanted.get(role);
    if (!wanted) return undefined;
    const gpu = await this.gpu();
    const there = this.#loaded.get(role);
    if (there) return there;
    const encoder = await this.#load(gpu, wanted);
    this.#loaded.set(role, encoder);
    return encoder;
  }

  #load(gpu: Gpu, { chosen, settings }: Wanted): Promise<LoadedEncoder> {
    const { source, ...files } = chosenEncoder(chosen.name, chosen.files);
    return loadEncoder({ decode: this.#decode, ...files }, gpu, source, settings);
  }
}
