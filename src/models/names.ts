import { MemgpuError } from '../errors.js';
import { escapeUnseen } from '../escape-unseen.js';

/** Segments that PyTorch's wrappers (data parallelism, `torch.compile`) put anywhere into names. */
const WRAPPERS = new Set(['module', '_orig_mod']);

/** Marks of the copy that is not the encoder: momentum and target networks, MoCo's keys, DINO's student. */
const SECOND_COPY = /(^|[._])(momentum|target|ema|student|encoder_k)[._]/;

/**
 * Names without wrappers' segments, mapped to the names in the file.
 * @throws UNKNOWN_ARCHITECTURE where two names become one.
 */
export function unwrapNames(file: string, names: Iterable<string>): ReadonlyMap<string, string> {
  const unwrapped = new Map<string, string>();
  for (const name of names) {
    const segments = name.split('.');
    const plain = segments.filter((segment) => !WRAPPERS.has(segment)).join('.');
    const other = unwrapped.get(plain);
    if (other !== undefined)
      throw new MemgpuError(
        'UNKNOWN_ARCHITECTURE',
        `${file}: ${other} and ${name} are the same tensor of two encoders`,
        {
          hint: 'Save one encoder alone.',
        },
      );
    unwrapped.set(plain, name);
  }
  return unwrapped;
}

/**
 * The prefixes (`''`, `'encoder.'`, `'backbone.net.'` …) under which all names of a signature are present. Where both an
 * encoder and its momentum copy fit, the copy is left out.
 */
export function prefixesOf(names: ReadonlyMap<string, string>, signature: readonly string[]): readonly string[] {
  const [first = ''] = signature;
  const prefixes = [...names.keys()]
    .filter((name) => name === first || name.endsWith(`.${first}`))
    .map((name) => name.slice(0, name.length - first.length))
    .filter((prefix) => signature.every((name) => names.has(prefix + name)));
  const originals = prefixes.filter((prefix) => !SECOND_COPY.test(prefix));
  return prefixes.length > 1 && originals.length > 0 ? originals : prefixes;
}

/** The prefix under which most of the expected names are present, and how many. */
export function closestPrefix(names: ReadonlyMap<string, string>, expected: ReadonlySet<string>) {
  const counts = new Map<string, number>([['', 0]]);
  const longest = Math.max(...[...expected].map((name) => name.length));
  for (const name of names.keys())
    for (let start = name.length - 1; start >= Math.max(0, name.length - longest); start--)
      if ((start === 0 || name[start - 1] === '.') && expected.has(name.slice(start))) {
        const prefix = name.slice(0, start);
        counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
      }
  const [prefix, found] = [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best));
  return { prefix, found };
}

/** The first few names, long ones cut, what is unseen in them escaped, and how many more there are. */
export function listNames(names: readonly string[]): string {
  const cut = (name: string) => (name.length > 100 ? `${name.slice(0, 99)}…` : name);
  const shown = escapeUnseen(names.slice(0, 4).map(cut).join(', '));
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}
