import type { ComponentChildren } from 'preact';

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

/** A table with a caption that scrolls inside its own box where the page is narrower. */
export function DataTable(props: { caption: string; columns: readonly DataColumn[]; rows: readonly DataRow[] }) {
  const { caption, columns, rows } = props;
  const style = (c: number) => (columns[c]?.number ? 'number' : '');
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section class="scroll" aria-label={caption} tabIndex={0}>
      <table part="table">
        <caption>
          <span>{caption}</span>
        </caption>
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
      </table>
    </section>
  );
}
