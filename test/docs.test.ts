import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadAll } from '../src/models/families.js';

const encoders = readFileSync(new URL('../docs/encoders.md', import.meta.url), 'utf8');

test.each(await loadAll())('docs/encoders.md lists every naming of $name', ({ name, maps }) => {
  const row = encoders.split('\n').filter((line) => line.startsWith(`| ${name} |`));
  for (const map of maps) expect(row.join('\n')).toContain(map.name);
});

test.each(['faults.md', 'hostile-files.md'])('docs/%s names tests that are there', (doc) => {
  const text = readFileSync(new URL(`../docs/${doc}`, import.meta.url), 'utf8');
  const named = [...text.matchAll(/`(test\/[^`]+)`/g)].map(([, path]) => path!);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((path) => !existsSync(new URL(`../${path}`, import.meta.url)))).toEqual([]);
});
