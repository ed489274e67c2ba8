import { resolveOptions } from '../../src/analysis/options.js';
import { resolveAugmentation } from '../../src/images/presets.js';
import { changed } from './change.js';
import { type Format, mustHold, pick } from './format.js';

const GOOD = [
  '{"views":10,"augment":"simclr","seed":0,"layers":["add","pooled"],"tokens":"all","batch":"auto","confidence":0.95}',
  '{"mode":"paper","distance":"cosine","pairs":"clean","score":"range","unitRest":"median","resamples":2000}',
  '{"precision":"f16","features":"raw","batch":64,"views":2}',
  '{"augment":[{"op":"random-resized-crop","scale":[0.2,1],"interpolation":"bicubic"},{"op":"horizontal-flip","p":0.5}]}',
  '{"augment":[{"op":"color-jitter","brightness":0.8,"hue":0.2,"p":0.8},{"op":"gaussian-blur","kernel":23,"sigma":[0.1,2],"p":1}]}',
];
const TOKENS = ['[', ']', '{', '}', '"', ',', ':', '-', '0', '1e999', '-0', '9007199254740993', '1e-320', 'null', '""'];
TOKENS.push(
  '"__proto__":',
  '"constructor":',
  '"toString"',
  'true',
  '\\u001b[2J',
  '\\u202e',
  '\\ud800',
  'x'.repeat(4096),
);
TOKENS.push('"op":', '"augment":', '"views":', '[]', '{}', '4294967296', '64', '['.repeat(500));

/** JSON texts; one that is no JSON is no mutant of options and counts as loaded. */
export const options: Format = {
  name: 'options',
  codes: ['BAD_OPTION'],
  make: (next) => changed(new TextEncoder().encode(pick(GOOD, next)), next, TOKENS),
  async load(source, file, made) {
    await source.close?.();
    let given: unknown;
    try {
      given = JSON.parse(new TextDecoder().decode(file));
    } catch {
      return;
    }
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return;
    const resolved = resolveOptions(given as Record<string, unknown>);
    mustHold(resolved.views >= 1 && resolved.views <= 64 && Number.isInteger(resolved.views), 'views out of range');
    const again = JSON.stringify(resolveOptions(resolved));
    mustHold(again === JSON.stringify(resolved), 'options that change when they are resolved again');
    made(again.length);
    const operations = resolveAugmentation(resolved.augment, 32);
    const twice = JSON.stringify(resolveAugmentation(operations, 32));
    mustHold(twice === JSON.stringify(operations) && operations.length <= 32, 'another augmentation');
    mustHold(!({} as { op?: unknown }).op, 'a prototype was changed');
  },
  largest: (fileBytes) => 10_000 + 10 * fileBytes,
};
