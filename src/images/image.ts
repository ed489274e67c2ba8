/**
 * A decoded picture. `rgba` holds four bytes per pixel, row by row from the top left; the fourth is ignored (alpha is
 * dropped, not blended). Pictures that come as numbers in [0, 1] carry `rgb` instead: three planes, row by row.
 */
export type Picture =
  | { readonly width: number; readonly height: number; readonly rgba: Uint8Array }
  | { readonly width: number; readonly height: number; readonly rgb: Float32Array };

/** One image of a set. */
export interface ImageRecord {
  /** Record number in the source before selection: what seeds this image's views. */
  readonly index: number;
  /** Relative path, or `source#index`, for messages and reports. */
  readonly name: string;
  readonly label: number | undefined;
  readonly picture: Picture;
}

/** Images in a fixed order, each decoded when it is asked for. */
export interface Dataset {
  /** As the user named it. */
  readonly name: string;
  readonly length: number;
  /** Names of classes, where the source has them. */
  readonly classes: readonly string[] | undefined;
  /** Image index of position i, without decoding. */
  indexOf(position: number): number;
  /** @throws BAD_IMAGE naming the image, IO naming the file. */
  load(position: number): Promise<ImageRecord>;
  /** SHA-256 (hex) over index, label, length and stored bytes of each image, in order: what a resumed run compares. */
  digest(): Promise<string>;
  close?(): Promise<void>;
}
