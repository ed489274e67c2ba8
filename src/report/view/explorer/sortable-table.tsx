import type { ComponentChildren } from 'preact';
import { useId, useMemo, useState } from 'preact/hooks';
import { TableFrame } from '../table-frame.js';

export interface SortableColumn<Row> {
  readonly title: string;
  /** Numbers stand to the right, and sort from the highest. */
  readonly number?: boolean;
  /** What rows are sorted by; a column without it is not sorted by. */
  readonly value?: (row: Row) => number | string;
  readonly cell: (row: Row) => ComponentChildren;
}

interface SortableTableProps<Row> {
  readonly caption: string;
  /** What the search looks for, such as 'unit number'. */
  readonly sought: string;
  readonly columns: readonly SortableColumn<Row>[];
  /** In the order that is shown first. */
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  /** What a search is held against. */
  readonly textOf: (row: Row) => string;
  /** How tables were left, by their captions: whoever comes back finds this one so. */
  readonly tables: Map<string, TableState>;
}

/** How rows are chosen and shown. */
export interface TableState {
  readonly sort: { readonly column: number; readonly down: boolean } | null;
  readonly search: string;
  /** From 0. */
  readonly page: number;
}

const FIRST: TableState = { sort: null, search: '', page: 0 };

const PAGE = 25;

/** A table to sort by its headers, search and leaf through, all by keyboard too. */
export function SortableTable<Row>(props: SortableTableProps<Row>) {
  const { caption, sought, columns, rows, keyOf, textOf, tables } = props;
  const [state, setState] = useState(tables.get(caption) ?? FIRST);
  const { sort, search, page } = state;
  const id = useId();
  const change = (changed: Partial<TableState>) => {
    const next = { ...state, ...changed };
    tables.set(caption, next);
    setState(next);
  };
  const found = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    const left = wanted === '' ? rows : rows.filter((row) => textOf(row).toLowerCase().includes(wanted));
    const value = sort && columns[sort.column]?.value;
    return value ? sorted(left, value, sort.down) : left;
  }, [rows, columns, search, sort, textOf]);
  const pages = Math.max(1, Math.ceil(found.length / PAGE));
  const at = Math.min(page, pages - 1);
  const sortBy = (column: number) => {
    const down = sort?.column === column ? !sort.down : columns[column]!.number === true;
    change({ sort: { column, down }, page: 0 });
  };
  return (
    <>
      <p class="choice">
        <label for={id}>Search by {sought}</label>{' '}
        <input
          id={id}
          type="search"
          value={search}
          onInput={({ currentTarget }) => change({ search: currentTarget.value, page: 0 })}
        />{' '}
        <span role="status" class="note">
          {search.trim() !== '' && `${found.length} of ${rows.length}`}
        </span>
      </p>
      <TableFrame caption={caption}>
        <thead>
          <tr>
            {columns.map(({ title, number, value }, c) => (
              <th
                key={title}
                scope="col"
                class={number ? 'number' : ''}
                {...(sort?.column === c ? { 'aria-sort': sort.down ? 'descending' : 'ascending' } : {})}
              >
                {value ? (
                  <button type="button" class="sort" onClick={() => sortBy(c)}>
                    {title}
                    <SortMark down={sort?.column === c ? sort.down : null} />
                  </button>
                ) : (
                  title
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {found.slice(at * PAGE, (at + 1) * PAGE).map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ title, number, cell }, c) =>
                c === 0 ? (
                  <th key={title} scope="row">
                    {cell(row)}
                  </th>
                ) : (
                  <td key={title} class={number ? 'number' : ''}>
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </TableFrame>
      {pages > 1 && (
        <p class="choice pages">
          <button type="button" disabled={at === 0} onClick={() => change({ page: at - 1 })}>
            Previous
          </button>{' '}
          <span aria-live="polite">
            {at * PAGE + 1} to {Math.min((at + 1) * PAGE, found.length)} of {found.length}
          </span>{' '}
          <button type="button" disabled={at === pages - 1} onClick={() => change({ page: at + 1 })}>
            Next
          </button>
        </p>
      )}
    </>
  );
}

/** Both ways, or the one that rows are sorted. Drawn: not every font has the arrows. */
function SortMark({ down }: { down: boolean | null }) {
  return (
    <svg class="mark" viewBox="0 0 8 12" width="8" height="12" fill="currentColor" aria-hidden="true">
      {down !== true && <path d="M4 0L8 5H0Z" />}
      {down !== false && <path d="M4 12L0 7H8Z" />}
    </svg>
  );
}

function sorted<Row>(rows: readonly Row[], value: (row: Row) => number | string, down: boolean): Row[] {
  const sign = down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    return sign * (typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y)));
  });
}
