import type { Interval, LayerResult } from '../../analysis/result.js';
import { range } from '../format.js';
import { Name } from './name.js';

/** A number with its interval; a narrow column breaks between both. */
export function WithInterval({ value, interval }: { value: string; interval: Interval | null }) {
  return (
    <>
      <span class="value">{value}</span> {interval !== null && <span class="interval">{range(interval)}</span>}
    </>
  );
}

/** A layer's node, and what it is. */
export function LayerName({ layer }: { layer: LayerResult }) {
  return (
    <>
      <Name text={layer.node} max={26} />
      {layer.label !== layer.node && (
        <span class="label">
          <Name text={layer.label} max={26} />
        </span>
      )}
    </>
  );
}
