import { MemgpuError } from '../errors.js';
import type { Buffer, Gpu } from '../gpu/gpu.js';
import type { Feed, FeedSource } from './feed.js';

/** Views that are ready to be fed: [n, views, 3, size, size] f32, already normalised. */
export interface GivenViews {
  readonly name: string;
  readonly images: number;
  readonly views: number;
  readonly size: number;
  /** SHA-256 (hex) of what they come from, for reports. */
  readonly sha256?: string;
  /** Image `i`: [views, 3, size, size]. */
  read(i: number): Promise<Float32Array>;
}

/** Feeds views as they are; image index = position. @throws NON_FINITE naming image and view */
export function givenViewsFeed(given: GivenViews): FeedSource {
  return { rows: given.views, open: (gpu, images) => open(given, gpu, images) };
}

async function open(given: GivenViews, gpu: Gpu, images: number): Promise<Feed> {
  const each = given.views * given.size ** 2 * 4;
  const allocation = await gpu.allocate([{ label: 'given views', bytes: images * each * 4 }]);
  const input = allocation.buffers[0] as Buffer;
  return {
    input,
    rows: given.views,
    version: 0,
    async prepare(_set, first, count) {
      const rows = new Float32Array(count * each);
      for (let i = 0; i < count; i++) {
        interleave(await given.read(first + i), given, rows.subarray(i * each, (i + 1) * each), first + i);
      }
      return {
        images: Array.from({ length: count }, (_, i) => ({
          index: first + i,
          name: `${given.name}#${first + i}`,
          label: undefined,
          pixels: '',
        })),
        upload: async () => gpu.write(input, rows),
      };
    },
    record() {},
    dispose: () => allocation.dispose(),
    [Symbol.dispose]: () => allocation.dispose(),
  };
}

/** Planes [views, 3, pixels] to [views, pixels, 4], the fourth channel 0. */
function interleave(planes: Float32Array, { name, views, size }: GivenViews, into: Float32Array, image: number): void {
  const pixels = size * size;
  for (let view = 0; view < views; view++) {
    for (let channel = 0; channel < 3; channel++) {
      for (let p = 0; p < pixels; p++) {
        const value = planes[(view * 3 + channel) * pixels + p] as number;
        if (!Number.isFinite(value)) {
          throw new MemgpuError('NON_FINITE', `${name}: view ${view} of image ${image} holds ${value}`);
        }
        into[(view * pixels + p) * 4 + channel] = value;
      }
    }
  }
}
