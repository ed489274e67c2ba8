import type { AdapterFacts } from '../src/gpu/gpu.js';
import { textTable, wrap } from '../src/report/table.js';
import type { Painter } from '../src/report/terminal.js';
import { columnsOf, figure } from './cells.js';
import type { ShapeTimes, TileChoice } from './tune.js';

/** What `memgpu tune --json` prints. Times in ms. */
export interface TuneReport {
  readonly schema: 'memgpu-tune/1';
  readonly adapter: AdapterFacts;
  readonly repeats: number;
  readonly shapes: readonly ShapeTimes[];
  readonly choices: readonly TileChoice[];
  /** Where the choices are stored. */
  readonly file: string;
}

export function printTune({ adapter, repeats, shapes, choices, file }: TuneReport, paint: Painter, width: number) {
  const times = shapes.flatMap(({ name, tiles }) =>
    tiles.map(({ tile, ms, speedup }, i) => [
      i === 0 ? name : '',
      tile,
      figure(ms),
      i === 0 ? 'the table’s' : `× ${speedup.toFixed(2)}`,
    ]),
  );
  const chosen = choices.map(({ kind, table, chosen, speedup }) => [kind, table, chosen, `× ${speedup.toFixed(2)}`]);
  const changed = choices.filter((choice) => choice.chosen !== choice.table).length;
  const faint = (text: string) => wrap(text, width).map((line) => paint.faint(line));
  return [
    paint.strong(adapter.name),
    ...faint(`ms: least of ${repeats} after a warm-up; ×: how much faster than the tile of memgpu's table`),
    '',
    ...textTable(columnsOf(['work', 'tile', 'ms', 'speed'], ['tile']), times, width),
    '',
    ...textTable(columnsOf(['products of one view', 'table', 'choice', 'speed'], ['table', 'choice']), chosen, width),
    '',
    ...wrap(
      changed === 0
        ? `The table's tiles are the fastest here, within 3 %. Stored in ${file}`
        : `${changed} of ${choices.length} differ from the table. Stored in ${file}; analyze, features and bench use them.`,
      width,
    ),
  ];
}
