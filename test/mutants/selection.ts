import { datasetOf } from '../../src/images/dataset.js';
import { parseSelection, resolveSelection } from '../../src/images/selection.js';
import { changed } from './change.js';
import { type Format, mustHold, pick } from './format.js';

const LENGTH = 50;
const DATASET = datasetOf({
  name: 'set',
  length: LENGTH,
  nameOf: (position) => `a/${position}.png`,
  bytes: async () => new Uint8Array(0),
  labelOf: () => undefined,
  picture: () => ({ width: 1, height: 1, rgba: new Uint8Array(4) }),
});

/** What follows the `@`, a line end, and the text of the file that it may name. */
const GOOD = [
  '0-9,20-29\n',
  '7\n',
  'split.json:candidates\n{"seed":1,"candidates":[3,1,2],"external":[40,41]}',
  'split.json\n{"shared":[1],"independent":[2]}',
  'names.txt\na/1.png\r\n./a/2.png\na/49.png\n',
];
const TOKENS = ['[', ']', '{', '}', '"', ',', ':', '-', '0', '99999999999999999999', '9007199254740993', '1e3', '1.5'];
TOKENS.push('.json', '.txt', '../', '\\u001b', '\x1b[2J', '"__proto__":', '"candidates":', '\n', '\r', '\xef\xbb\xbf');
TOKENS.push('['.repeat(3000), '-1', 'null', '0-4294967295', 'a/1.png', '<script>');

export const selection: Format = {
  name: 'selection',
  codes: ['BAD_OPTION', 'BAD_DATASET'],
  make: (next) => changed(new TextEncoder().encode(pick(GOOD, next)), next, TOKENS),
  async load(source, file, made) {
    await source.close?.();
    const [spec = '', ...lines] = new TextDecoder().decode(file).split('\n');
    const text = lines.join('\n');
    const parsed = parseSelection(spec);
    if (!parsed) return;
    const positions = await resolveSelection(parsed, DATASET, async (path) => {
      mustHold(spec.startsWith(path), `the file ${path} is read`);
      return text;
    });
    mustHold(new Set(positions).size === positions.length && positions.length > 0, 'positions that come twice');
    mustHold(
      positions.every((position) => Number.isInteger(position) && position >= 0 && position < LENGTH),
      'positions beyond the dataset',
    );
    if (parsed.kind === 'json') {
      const list = (JSON.parse(text.replace(/^\uFEFF/, '')) as Record<string, unknown>)[parsed.key!];
      mustHold(JSON.stringify(list) === JSON.stringify(positions), 'another list');
    }
    made(8 * positions.length);
  },
  largest: () => 8 * LENGTH,
};
