/** A column of a text table. */
export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Longer cells are cut with an ellipsis. */
  readonly max?: number;
}

const GAP = '  ';
const NARROWEST = 8;

/**
 * Rows as aligned lines, two blanks between columns, as wide as their longest cell; the first line holds the titles.
 * Where that is more than `width`, the first column gives way. Widths count code points; trailing blanks are dropped.
 */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string[] {
  const cut = [columns.map((column) => column.title), ...rows].map((row) =>
    columns.map(({ max }, c) => truncate(row[c] ?? '', max)),
  );
  const widths = columns.map((_, c) => Math.max(...cut.map((row) => length(row[c]!))));
  const excess = widths.reduce((sum, w) => sum + w + GAP.length, -GAP.length) - width;
  if (excess > 0) widths[0] = Math.min(widths[0]!, Math.max(NARROWEST, widths[0]! - excess));
  return cut.map((row) =>
    row
      .map((cell, c) => pad(truncate(cell, widths[c]), widths[c]!, columns[c]!.align))
      .join(GAP)
      .trimEnd(),
  );
}

/** Words of a paragraph (a no-break space holds two together) in lines of at most `width` code points; a longer word gets a line of its own, cut. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/[^\S\u00a0]+/)) {
    const start = lines.length === 0 ? '' : indent;
    if (line !== '' && length(start) + length(line) + 1 + length(word) > width) {
      lines.push(start + line);
      line = '';
    }
    line = line === '' ? truncate(word, width - length(indent)) : `${line} ${word}`;
  }
  lines.push((lines.length === 0 ? '' : indent) + line);
  return lines;
}

export function truncate(text: string, max = Number.POSITIVE_INFINITY): string {
  return length(text) <= max ? text : `${[...text].slice(0, max - 1).join('')}…`;
}

function pad(text: string, width: number, align: Column['align']): string {
  const blanks = ' '.repeat(width - length(text));
  return align === 'left' ? text + blanks : blanks + text;
}

function length(text: string): number {
  return [...text].length;
}
