import type { ComponentChildren } from 'preact';
import { TableFrame } from './table-frame.js';

export interface DataColumn {
  readonly title: string;
  /** Numbers stand to the right. */
  readonly number?: boolean;
}

export interface DataRow {
  readonly key: string | number;
  /** One per column; the first is the row's header. Where there are fewer, the last one takes the columns left. */
  readonly cells: readonly ComponentChildren[];
}

/** A table of plain cells. */
export function DataTable(props: { caption: string; columns: readonly DataColumn[]; rows: readonly DataRow[] }) {
  const { caption, columns, rows } = props;
  const style = (c: number) => (columns[c]?.number ? 'number' : '');
  return (
    <TableFrame caption={caption}>
      <thead>
        <tr>
          {columns.map(({ title }, c) => (
            <th key={title} scope="col" class={style(c)}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, cells: [head, ...cells] }) => (
          <tr key={key}>
            <th scope="row">{head}</th>
            {cells.map((cell, c) => (
              <td
                key={c}
                class={style(c + 1)}
                {...(c === cells.length - 1 && c < columns.length - 2 ? { colSpan: columns.length - 1 - c } : {})}
              >
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </TableFrame>
  );
}
