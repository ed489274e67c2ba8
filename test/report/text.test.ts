import fc from 'fast-check';
import { expect, test } from 'vitest';
import { breakable, escapeHtml, lastComponent, pathEnd, shorten, visible } from '../../src/report/text.js';

test('controls, format characters, line ends and half pairs are shown by their code', () => {
  expect(visible('a\u0000\n\u007f\u009b\u00ad\u200b\u202e\u2028\ufeff\u{e0041}\ud800z')).toBe(
    'a[U+0000][U+000A][U+007F][U+009B][U+00AD][U+200B][U+202E][U+2028][U+FEFF][U+E0041][U+D800]z',
  );
});

test('letters, accents, other scripts and signs stay', () => {
  for (const text of ['', 'train/cat 1.png', 'é e\u0301 ß', 'قط', '猫😀', '<&">']) expect(visible(text)).toBe(text);
});

test('a short text is not changed; a long one keeps both ends and is exactly as long as allowed', () => {
  expect(shorten('abcdef', 6)).toBe('abcdef');
  expect(shorten('abcdefg', 6)).toBe('abc…fg');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 3, max: 20 }), (text, max) => {
      const [points, cut] = [[...text], [...shorten(text, max)]];
      expect(cut.length).toBe(Math.min(points.length, max));
      expect(cut[0]).toBe(points[0]);
      expect(cut.at(-1)).toBe(points.at(-1));
    }),
  );
});

test.each([
  ['/tmp/a/candidates.bin#101', 'candidates.bin#101'],
  ['C:\\runs\\f.safetensors', 'f.safetensors'],
  ['https://example.org/f.safetensors', 'f.safetensors'],
  ['cat.png', 'cat.png'],
  ['folder/', 'folder/'],
  ['', ''],
])('the last component of %j is %j', (path, last) => {
  expect(lastComponent(path)).toBe(last);
});

test('the end of a path holds as many components as fit, and at least a part of the last one', () => {
  expect(pathEnd('a/bb/c.png', 10)).toBe('a/bb/c.png');
  expect(pathEnd('a/bb/c.png', 9)).toBe('bb/c.png');
  expect(pathEnd('a/bb/c.png', 7)).toBe('c.png');
  expect(pathEnd('a/abcdefg', 6)).toBe('abc…fg');
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('/', 'a', '\n', '😀', '\\') }), (path) => {
      expect([...pathEnd(path, 5)].length).toBeLessThanOrEqual(5);
    }),
  );
});

test('a name may break after separators and before capitals, and nothing is lost', () => {
  expect(breakable('maxComputeWorkgroupsPerDimension')).toEqual(['max', 'Compute', 'Workgroups', 'Per', 'Dimension']);
  expect(breakable('layer3_residual1.relu')).toEqual(['layer3_', 'residual1.', 'relu']);
  expect(breakable('a//b')).toEqual(['a//', 'b']);
  expect(breakable('sha256')).toEqual(['sha256']);
  expect(breakable('conv 1 after ReLU')).toEqual(['conv 1 after ReLU']);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => breakable(text).join('') === text));
});

test('escaped text has no character that ends text or an attribute, and reads back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", 'a', ';', '#', 'lt') }), (text) => {
      const escaped = escapeHtml(text);
      expect(escaped).not.toMatch(/[<>"']/);
      const names = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' } as const;
      expect(escaped.replace(/&(lt|gt|quot|#39|amp);/g, (entity) => names[entity as keyof typeof names])).toBe(text);
    }),
  );
});
