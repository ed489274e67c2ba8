import type { SetName } from '../../analysis/result.js';

/** How each set is drawn: told apart by shape as well as by colour. */
export const SET_MARKS: Readonly<
  Record<SetName, { color: string; symbol: 'circle' | 'square2' | 'triangle2' | 'diamond' }>
> = {
  candidates: { color: 'var(--candidates)', symbol: 'circle' },
  shared: { color: 'var(--shared)', symbol: 'triangle2' },
  independent: { color: 'var(--independent)', symbol: 'diamond' },
  external: { color: 'var(--external)', symbol: 'square2' },
};

const SHAPES = {
  circle: <circle r="4.5" />,
  square2: <rect x="-4" y="-4" width="8" height="8" />,
  triangle2: <path d="M0 -5L5 4H-5Z" />,
  diamond: <path d="M0 -5.5L4.5 0L0 5.5L-4.5 0Z" />,
};

/** The legend of a chart of sets. */
export function SetLegend({ sets }: { sets: readonly { readonly set: SetName; readonly n: number }[] }) {
  return (
    <ul class="legend">
      {sets.map(({ set, n }) => (
        <li key={set}>
          <svg viewBox="-6 -6 12 12" width="12" height="12" fill={SET_MARKS[set].color} aria-hidden="true">
            {SHAPES[SET_MARKS[set].symbol]}
          </svg>
          {set} ({n} images)
        </li>
      ))}
    </ul>
  );
}
