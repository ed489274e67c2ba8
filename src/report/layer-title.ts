import type { LayerResult } from '../analysis/result.js';
import { shorten, visible } from './text.js';

/** A layer's node in at most `max` code points; what it is beside it where both fit: 'add (Res2)'. */
export function layerTitle({ node, label }: LayerResult, max: number): string {
  const both = `${visible(node)} (${visible(label)})`;
  return label.includes(node) || [...both].length > max ? shorten(visible(node), max) : both;
}
