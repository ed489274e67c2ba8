import type { LayerResult } from '../../analysis/result.js';
import { trueMinus } from '../format.js';
import { Name } from './name.js';

/** A number with its interval; a narrow column breaks between both. */
export function WithInterval({ value, interval }: { value: string; interval: string }) {
  return (
    <>
      <span class="value">{value}</span> <span class="interval">{interval}</span>
    </>
  );
}

/** A layer's node, and what it is. */
export function LayerName({ layer }: { layer: LayerResult }) {
  return (
    <>
      <Name text={layer.node} />
      {layer.label !== layer.node && (
        <span class="label">
          <Name text={layer.label} />
        </span>
      )}
    </>
  );
}

/** A share, such as '12.3 %'. */
export function percent(share: number): string {
  return `${trueMinus((100 * share).toFixed(1))}\u00a0%`;
}
