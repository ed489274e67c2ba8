import { expect, test } from 'vitest';
import { chosenOf, chosenOfDrop, groupsOfDrop, placeFor } from '../../src/web/dropped-files.js';
import { reduce, START } from '../../src/web/state.js';

const file = (name: string, path = '') =>
  Object.defineProperty(new File(['x'], name), 'webkitRelativePath', { value: path });

test('of a chosen folder the paths within it count', () => {
  const chosen = chosenOf([file('a.png', 'photos/cats/a.png'), file('b.png', 'photos/b.png')]);
  expect(chosen?.name).toBe('photos');
  expect(chosen?.files.map(({ path }) => path)).toEqual(['cats/a.png', 'b.png']);
});

test('chosen files have their names as paths', () => {
  expect(chosenOf([file('a.png')])).toMatchObject({ name: 'a.png', files: [{ path: 'a.png' }] });
  expect(chosenOf([file('a.png'), file('b.png')])).toMatchObject({ name: 'files' });
  expect(chosenOf([])).toBeNull();
});

const entryOf = (name: string) => ({
  name,
  isFile: true,
  isDirectory: false,
  fullPath: `/${name}`,
  file: (give: (found: File) => void) => give(file(name)),
});
const folderOf = (name: string, inside: readonly object[]) => ({
  name,
  isFile: false,
  isDirectory: true,
  fullPath: `/${name}`,
  createReader() {
    // As browsers do: some at a time, then none.
    const parts = [inside.slice(0, 1), inside.slice(1), []];
    return { readEntries: (give: (part: readonly object[]) => void) => give(parts.shift() ?? []) };
  },
});
const dropOf = (...entries: readonly object[]) =>
  ({
    items: entries.map((entry) => ({ kind: 'file', webkitGetAsEntry: () => entry })),
    files: [],
  }) as unknown as DataTransfer;

test('a dropped folder is read through, in however many parts its reader gives it', async () => {
  const chosen = await chosenOfDrop(
    dropOf(folderOf('photos', [entryOf('a.png'), folderOf('cats', [entryOf('b.png')])])),
  );
  expect(chosen?.name).toBe('photos');
  expect(chosen?.files.map(({ path }) => path)).toEqual(['a.png', 'cats/b.png']);
});

test('several dropped things keep their own names in their paths', async () => {
  const chosen = await chosenOfDrop(dropOf(entryOf('a.png'), folderOf('cats', [entryOf('b.png')])));
  expect(chosen?.files.map(({ path }) => path)).toEqual(['a.png', 'cats/b.png']);
});

const pathsIn = (groups: Awaited<ReturnType<typeof groupsOfDrop>>) =>
  groups.map(({ name, files }) => [name, ...files.map(({ path }) => path)]);

test('of what is dropped at once each folder and file stands for itself, and pictures are one set', async () => {
  const dropped = dropOf(
    entryOf('g.pt'),
    folderOf('photos', [entryOf('a.png')]),
    entryOf('b.png'),
    entryOf('f.safetensors'),
    entryOf('c.jpg'),
    entryOf('candidates.bin'),
  );
  expect(pathsIn(await groupsOfDrop(dropped))).toEqual([
    ['candidates.bin', 'candidates.bin'],
    ['f.safetensors', 'f.safetensors'],
    ['files', 'b.png', 'c.jpg'],
    ['g.pt', 'g.pt'],
    ['photos', 'a.png'],
  ]);
});

test('files that lie beside a config are one encoder', async () => {
  const dropped = dropOf(entryOf('model.safetensors'), entryOf('config.json'), entryOf('a.png'));
  expect(pathsIn(await groupsOfDrop(dropped))).toEqual([
    ['a.png', 'a.png'],
    ['files', 'model.safetensors', 'config.json'],
  ]);
});

test('what is dropped and cannot be read is named', async () => {
  const gone = {
    ...entryOf('a.png'),
    fullPath: '/photos/a.png',
    file: (_: unknown, refuse: (e: Error) => void) => refuse(new Error('gone')),
  };
  await expect(groupsOfDrop(dropOf(gone))).rejects.toMatchObject({
    code: 'IO',
    message: "'photos/a.png' cannot be read",
  });
});

test('what is called after a place goes there, whatever order it came in', () => {
  const called = (name: string) => ({ name, files: [{ path: name, file: file(name) }] });
  expect(placeFor(called('g.safetensors'), START)).toBe('g');
  expect(placeFor(called('external-100.bin'), START)).toBe('external');
  expect(placeFor(called('constructor.bin'), START)).toBe('candidates');
});

test('what is dropped beside every field goes where such files belong', () => {
  const checkpoint = { name: 'weights', files: [{ path: 'f.safetensors', file: file('f.safetensors') }] };
  const pictures = { name: 'p', files: [{ path: 'a.png', file: file('a.png') }] };
  expect(placeFor(checkpoint, START)).toBe('f');
  expect(placeFor(pictures, START)).toBe('candidates');
  const slot = { is: 'ready', name: 'x', value: {} } as never;
  const full = reduce(reduce(START, { do: 'encoder', role: 'f', slot }), { do: 'images', set: 'candidates', slot });
  expect(placeFor(checkpoint, full)).toBe('g');
  expect(placeFor(pictures, full)).toBe('external');
});
