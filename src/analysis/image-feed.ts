import { MemgpuError } from '../errors.js';
import type { Buffer, Gpu, Recording } from '../gpu/gpu.js';
import type { Augmentation } from '../images/augmentation.js';
import type { IndexedDataset } from '../images/dataset.js';
import { cleanView, drawView, type ViewGeometry } from '../images/draw.js';
import type { ImageRecord } from '../images/image.js';
import { pixelsDigest } from '../images/pixels-digest.js';
import type { ViewParameters } from '../images/views.js';
import type { Feed, FeedSource, PreparedBatch } from './feed.js';
import type { SetName } from './result.js';
import { createViewMaker, type PictureViews, pictureWords, type ViewMaker } from './view-maker.js';

/** How views are drawn and how they reach the encoder. */
export interface ImageFeedOptions {
  readonly augmentation: Augmentation;
  /** Views per image. */
  readonly views: number;
  /** Whether the clean image comes first. */
  readonly clean: boolean;
  readonly seed: number;
  readonly geometry: ViewGeometry;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Pictures of one upload: beyond this the batch is cut, as a folder of photographs would fill the memory. */
const MOST_WORDS = 2 ** 26;

/** Feeds views drawn from the images of named sets. */
export function imageFeed(
  sets: Readonly<Partial<Record<SetName, IndexedDataset>>>,
  options: ImageFeedOptions,
): FeedSource {
  const rows = options.views + (options.clean ? 1 : 0);
  return {
    rows,
    async open(gpu, images) {
      const { size } = options.geometry;
      const allocation = await gpu.allocate([{ label: 'views', bytes: images * rows * size * size * 16 }]);
      const feed = new ImageFeed(gpu, sets, options, rows, images, allocation.buffers[0] as Buffer, () =>
        allocation.dispose(),
      );
      try {
        await feed.grow(images * size * size);
      } catch (error) {
        feed.dispose();
        throw error;
      }
      return feed;
    },
  };
}

class ImageFeed implements Feed {
  readonly input: Buffer;
  readonly rows: number;
  version = 0;
  readonly #gpu: Gpu;
  readonly #sets: Readonly<Partial<Record<SetName, IndexedDataset>>>;
  readonly #options: ImageFeedOptions;
  readonly #images: number;
  readonly #free: () => void;
  #maker: ViewMaker | undefined;
  #words = 0;

  constructor(
    gpu: Gpu,
    sets: Readonly<Partial<Record<SetName, IndexedDataset>>>,
    options: ImageFeedOptions,
    rows: number,
    images: number,
    input: Buffer,
    free: () => void,
  ) {
    this.#gpu = gpu;
    this.#sets = sets;
    this.#options = options;
    this.rows = rows;
    this.#images = images;
    this.input = input;
    this.#free = free;
  }

  async prepare(set: SetName, first: number, count: number): Promise<PreparedBatch> {
    const dataset = this.#sets[set];
    if (!dataset) throw new MemgpuError('BAD_OPTION', `there is no set ${set}`);
    const records: ImageRecord[] = [];
    let words = 0;
    for (let i = 0; i < count; i++) {
      const record = await dataset.load(first + i);
      const more = pictureWords(record.picture);
      if (records.length > 0 && words + more > this.#mostWords()) break;
      words += more;
      records.push(record);
    }
    const pictures = records.map((record): PictureViews => ({ picture: record.picture, views: this.#draw(record) }));
    return {
      images: records.map(({ index, name, label, picture }) => ({ index, name, label, pixels: pixelsDigest(picture) })),
      upload: async (idle) => {
        if (words > this.#words) {
          await idle();
          await this.grow(Math.min(2 * words, Math.max(words, this.#mostWords())));
        }
        this.#maker?.load(pictures);
      },
    };
  }

  record(recording: Recording, images: number): void {
    this.#maker?.record(recording, images * this.rows);
  }

  /** Makes room for more pixels. */
  async grow(words: number): Promise<void> {
    const { augmentation, geometry, mean, std } = this.#options;
    this.#maker?.dispose();
    this.#maker = undefined;
    this.#maker = await createViewMaker(this.#gpu, {
      augmentation,
      size: geometry.size,
      mean,
      std,
      maxViews: this.#images * this.rows,
      maxWords: words,
      output: this.input,
    });
    this.#words = words;
    this.version += 1;
  }

  #mostWords(): number {
    return Math.min(MOST_WORDS, this.#gpu.facts.limits.maxStorageBufferBindingSize / 4);
  }

  #draw({ index, name, picture }: ImageRecord): ViewParameters[] {
    const { augmentation, geometry, seed, views, clean } = this.#options;
    try {
      const drawn = Array.from({ length: views }, (_, view) =>
        drawView(augmentation, picture, geometry, seed, index, view),
      );
      return clean ? [cleanView(picture, geometry), ...drawn] : drawn;
    } catch (error) {
      if (!(error instanceof MemgpuError) || error.code !== 'BAD_IMAGE') throw error;
      throw new MemgpuError('BAD_IMAGE', `${name}: ${error.message}`, { hint: error.hint ?? '', cause: error });
    }
  }

  dispose(): void {
    this.#maker?.dispose();
    this.#free();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
