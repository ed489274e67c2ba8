import type { Report } from '../../../analysis/result.js';
import type { Details, ListedImage } from '../../details.js';
import type { TableState } from './sortable-table.js';

/** Where a visitor is among units and images. */
export type Place =
  /** Units of a layer; of no one layer: the highest of all. */
  | { readonly is: 'units'; readonly node: string | null }
  | { readonly is: 'unit'; readonly node: string; readonly unit: number }
  | { readonly is: 'images' }
  | { readonly is: 'image'; readonly position: number };

export type Go = (place: Place) => void;

/** Images by position, in order of their rank. */
export type KnownImages = ReadonlyMap<number, ListedImage>;

/** What is explored, as every panel needs it. */
export interface Explored {
  readonly report: Report;
  readonly details: Details;
  readonly images: KnownImages;
  /** To a place that one can go back from. */
  readonly go: Go;
  /** How tables were left, by their name: one comes back to them. */
  readonly tables: Map<string, TableState>;
}
