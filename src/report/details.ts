/** Finer than a report's summary: single units and images of its first set. All of it is plain data. */
import type { Report, UnitFacts } from '../analysis/result.js';

/** An image with its headline score, as `ImageFacts` says. */
export interface ListedImage {
  readonly position: number;
  readonly name: string;
  readonly label: string | null;
  readonly rank: number;
  readonly score: number;
}

/** An image's score at one layer: SSLMem, or minus the alignment without a reference; rank 1 is the highest. */
export interface ImageAtLayer {
  readonly node: string;
  readonly score: number;
  readonly rank: number;
}

export interface ImageDetail extends ListedImage {
  /** Layers in order of execution; none where only a report is known. */
  readonly layers: readonly ImageAtLayer[];
  /** Units whose largest mean is this image's, the highest UnitMem first. */
  readonly units: readonly UnitFacts[];
}

/** An image as a unit answers to it. */
export interface UnitImage {
  readonly position: number;
  readonly mean: number;
}

export interface Details {
  /** Whether every unit and image is known, or only those that a report lists. */
  readonly complete: boolean;
  /** Units of a layer, the highest UnitMem first, those with means of both signs after all others. */
  units(node: string): Promise<readonly UnitFacts[]>;
  /** The images with the highest means of a unit, highest first. */
  unitImages(node: string, unit: number, most: number): Promise<readonly UnitImage[]>;
  /** In order of their rank. */
  images(): Promise<readonly ListedImage[]>;
  /** Null for a position that is not known. */
  image(position: number): Promise<ImageDetail | null>;
  /** A PNG as a data URL, or null. */
  picture(position: number): Promise<string | null>;
}

/** What a report lists, and no more. */
export function reportDetails({ units, images }: Pick<Report, 'units' | 'images'>): Details {
  const listed = images.map(({ position, name, label, rank, score }) => ({ position, name, label, rank, score }));
  const byPosition = new Map(listed.map((image) => [image.position, image]));
  return {
    complete: false,
    units: async (node) => units.filter((unit) => unit.node === node),
    async unitImages(node, unit, most) {
      const found = units.find((other) => other.node === node && other.unit === unit);
      if (!found) return [];
      const { image, mean, runnerUp, runnerUpMean } = found;
      return [
        { position: image, mean },
        { position: runnerUp, mean: runnerUpMean },
      ].slice(0, most);
    },
    images: async () => listed.sort((a, b) => a.rank - b.rank),
    async image(position) {
      const found = byPosition.get(position);
      return found ? { ...found, layers: [], units: units.filter(({ image }) => image === position) } : null;
    },
    picture: async (position) => images.find((image) => image.position === position)?.picture ?? null,
  };
}
