import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadAll } from '../src/models/families.js';

const encoders = readFileSync(new URL('../docs/encoders.md', import.meta.url), 'utf8');

test.each(await loadAll())('docs/encoders.md lists every naming of $name', ({ name, maps }) => {
  const row = encoders.split('\n').filter((line) => line.startsWith(`| ${name} |`));
  for (const map of maps) expect(row.join('\n')).toContain(map.name);
});
