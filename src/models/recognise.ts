import { MemgpuError } from '../errors.js';
import { loadAll, loadPossible } from './families.js';
import type { Family, Habits, NameMap, Weights } from './family.js';
import { closestPrefix, listNames, prefixesOf, unwrapNames } from './names.js';
import { chooseOrigin, type Origin, rivalsOf } from './origin.js';

export interface Recognised {
  readonly family: Family;
  /** The naming that matched, with the prefix that was stripped. */
  readonly map: string;
  readonly habits: Habits;
  /** Canonical name of each tensor of the encoder (and of a plain classifier) → its name in the file. */
  readonly tensors: ReadonlyMap<string, string>;
  /** Namings that fit as well, where nothing in the file tells which is its own. */
  readonly rivals: readonly NameMap[];
}

/**
 * Tells from names alone which architecture a checkpoint holds, and where.
 *
 * Wrappers and prefixes are stripped until a family's signature remains. What lies outside that prefix is ignored;
 * so is, inside it, a module of its own without convolutions (a projector) and any decoder. Anything else that the family
 * does not know would change the numbers, so it is refused.
 *
 * @param origin whose code trained it, where several share a naming
 * @throws UNKNOWN_ARCHITECTURE with the nearest family, what it lacks and what it does not expect (some tensor names where
 * none has any); or where two encoders fit. MISSING_TENSOR where the family is clear but tensors are missing. BAD_OPTION where the origin
 * is not one that fits.
 */
export async function recognise(weights: Weights, origin: Origin = {}): Promise<Recognised> {
  const stored = [...weights.tensors.keys()];
  const names = unwrapNames(weights.name, stored);
  const families = await loadPossible(names.keys());
  const fits = families.flatMap((family) =>
    family.maps.flatMap((map) => prefixesOf(names, map.signature).map((prefix) => ({ family, map, prefix }))),
  );
  const matches = chooseOrigin(weights.name, fits, stored, origin);
  const [match] = matches;
  if (!match) throw unknown(weights, names, await loadAll());
  const anchor = ({ map, prefix }: typeof match) => prefix + map.signature[0];
  // A map that knows where its encoder stands knows best which copy that is.
  const placed = (other: typeof match) => match.map.under && other.family === match.family && other.map !== match.map;
  const rival = matches.find((other) => anchor(other) !== anchor(match) && !placed(other));
  if (rival)
    throw new MemgpuError(
      'UNKNOWN_ARCHITECTURE',
      `${weights.name}: holds two encoders, under '${match.prefix}' and '${rival.prefix}'`,
      {
        hint:
          rival.map.name === match.map.name
            ? 'Save one encoder alone.'
            : `Save one encoder alone, or choose by --origin: ${match.map.name}, ${rival.map.name}.`,
      },
    );
  const rivals = origin.said === undefined ? rivalsOf(match, fits) : [];
  return { ...assign(weights, names, match.family, match.map, match.prefix), rivals };
}

function assign(
  weights: Weights,
  names: ReadonlyMap<string, string>,
  family: Family,
  map: NameMap,
  prefix: string,
): Omit<Recognised, 'rivals'> {
  const has = (name: string) => names.has(prefix + name);
  const required = map.tensors(has);
  const inside = [...names.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const rest = inside.filter((name) => !required.has(name) && !name.endsWith('num_batches_tracked'));
  const strangers = new Set(rest.filter((name) => !map.optional.has(name)).map(moduleOf));
  // With other tensors beside or before it, a classifier is not the plain one.
  const plain = !rest.some((name) => map.beforeClassifier?.test(name));
  const optional = rest.filter((name) => plain && map.optional.has(name) && !strangers.has(moduleOf(name)));

  const own = new Set([...required.keys()].map(moduleOf));
  const rank = (name: string) => weights.tensors.get(names.get(prefix + name)!)!.shape.length;
  const convolutional = new Set(rest.filter((name) => rank(name) > 2).map(moduleOf));
  const unexpected = rest.filter((name) => {
    const module = moduleOf(name);
    if (map.foreign?.test(name)) return true;
    if (map.unused?.test(name) || map.optional.has(name)) return false;
    return own.has(module) || (convolutional.has(module) && !module.startsWith('decoder'));
  });
  const missing = [...required.keys()].filter((name) => !has(name));
  const lacks = listNames(missing.map((name) => prefix + name));
  if (unexpected.length > 0)
    throw new MemgpuError(
      'UNKNOWN_ARCHITECTURE',
      `${weights.name}: is like a ${family.name}${lacks && ` without ${lacks}`} but also has ${listNames(unexpected)}`,
      {
        hint: inside.some((name) => map.lookalike?.names.test(name))
          ? map.lookalike!.hint
          : `memgpu would leave these out of the ${family.name} and compute another network. Remove them if that is right.`,
      },
    );

  if (missing.length > 0)
    throw new MemgpuError('MISSING_TENSOR', `${weights.name}: is a ${family.name} without ${lacks}`, {
      hint: 'Save the whole state dict, buffers (running_mean, running_var) included.',
    });

  const tensors = new Map<string, string>();
  for (const name of required.keys()) tensors.set(required.get(name)!, names.get(prefix + name)!);
  for (const name of optional) tensors.set(map.optional.get(name)!, names.get(prefix + name)!);
  return {
    family,
    map: prefix === '' ? map.name : `${map.name} (under '${prefix}')`,
    habits: map.habits ?? {},
    tensors,
  };
}

/** The first segment of a name. */
function moduleOf(name: string): string {
  return name.split('.', 1)[0]!;
}

function unknown(weights: Weights, names: ReadonlyMap<string, string>, families: readonly Family[]): MemgpuError {
  const candidates = families.flatMap((family) =>
    family.maps.map((map) => {
      const { prefix } = closestPrefix(names, new Set(map.signature));
      const expected = map.tensors((name) => names.has(prefix + name));
      return { family, expected, ...closestPrefix(names, new Set(expected.keys())) };
    }),
  );
  const { family, expected, prefix, found } = candidates.reduce((best, next) =>
    next.found / next.expected.size > best.found / best.expected.size ? next : best,
  );
  const known = families.map(({ name }) => name).join(', ');
  // Below that the names that agree are by chance: '0.weight' begins many a network.
  if (found < expected.size / 4)
    return new MemgpuError(
      'UNKNOWN_ARCHITECTURE',
      `${weights.name}: no encoder that memgpu knows (${known}); its tensors are ${listNames([...names.keys()]) || 'none'}`,
      { hint: `The file must hold the state dict of an encoder of a known family: ${known}.` },
    );
  const missing = [...expected.keys()].map((name) => prefix + name).filter((name) => !names.has(name));
  const surplus = [...names.keys()].filter(
    (name) => !(name.startsWith(prefix) && expected.has(name.slice(prefix.length))),
  );
  return new MemgpuError(
    'UNKNOWN_ARCHITECTURE',
    `${weights.name}: no encoder that memgpu knows. Nearest is ${family.name} with ${found} of ${expected.size} tensors; ` +
      `missing: ${listNames(missing)}; not expected: ${listNames(surplus) || 'none'}`,
    { hint: `Known are: ${known}. The file must hold an encoder's state dict.` },
  );
}
