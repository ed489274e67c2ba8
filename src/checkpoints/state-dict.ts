import { Inert } from './pickle-machine.js';
import { badPytorch, SAVE_STATE_DICT } from './pytorch-fault.js';
import { quote } from './quote.js';
import { TensorView } from './torch-objects.js';

/** Keys under which training scripts keep what one comes for, the likelier first. */
const WRAPPERS = [
  'state_dict',
  'model_state_dict',
  'model',
  // DINO: the averaged copy, which is the one that is used.
  'teacher',
  'net',
  'network',
  'student',
  'encoder',
  'backbone',
  // VISSL: classy_state_dict.base_model.model.trunk.
  'classy_state_dict',
  'base_model',
  'trunk',
];

/** Dicts and modules within each other; a model has less than 10. */
const DEPTH_MAX = 64;
/** Of all names together: what is shared many times over unfolds to more than the file holds. */
const CHARACTERS_MAX = 1 << 24;

export interface StateDict {
  /** The keys that lead to it, joined by dots; empty where it is the whole. */
  readonly wrapper: string;
  /** By name, in the order of the file. */
  readonly tensors: ReadonlyMap<string, TensorView>;
}

/**
 * Finds the dict of tensors in what was saved: under the first wrapper's key that leads to tensors, else the only entry that
 * does, else the whole. Dicts within it give names joined by dots; so does a pickled module, as `state_dict()` would.
 *
 * @param most names that the file can hold
 * @throws BAD_PYTORCH where there are no tensors, one of a kind that is not read, or a name comes twice
 */
export function findStateDict(file: string, root: unknown, most: number): StateDict {
  const holding = new Holding();
  if (entriesOf(root) === undefined || !holding.has(root)) throw noTensors(file, root);
  const path: string[] = [];
  let value = root;
  for (let key = wrapperOf(value, holding); key !== undefined; key = wrapperOf(value, holding)) {
    path.push(key);
    value = entriesOf(value)![0]!.get(key);
    if (path.length > DEPTH_MAX) throw tooDeep(file);
  }
  return { wrapper: path.join('.'), tensors: new Unfolding(file, most).of(value) };
}

/** The key of the entry to go on with; undefined where `value` itself is the dict. */
function wrapperOf(value: unknown, holding: Holding): string | undefined {
  if (!isDict(value)) return undefined;
  const dict = entriesOf(value)![0]!;
  const wrapper = WRAPPERS.find((key) => entriesOf(dict.get(key)) !== undefined && holding.has(dict.get(key)));
  if (wrapper !== undefined) return wrapper;
  const holders = [...dict].filter(([key, inner]) => typeof key === 'string' && holding.has(inner));
  const [[key, inner] = []] = holders;
  return holders.length === 1 && entriesOf(inner) !== undefined ? (key as string) : undefined;
}

/** Which values are tensors or lead to some. Each dict is looked through once. */
class Holding {
  readonly #known = new Map<unknown, boolean>();

  has(value: unknown, depth = 0): boolean {
    if (value instanceof TensorView || isUnread(value)) return true;
    const entries = depth > DEPTH_MAX ? undefined : entriesOf(value);
    if (entries === undefined) return false;
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    // For what contains itself.
    this.#known.set(value, false);
    const found = entries.some((dict) =>
      [...dict].some(([key, inner]) => typeof key === 'string' && this.has(inner, depth + 1)),
    );
    this.#known.set(value, found);
    return found;
  }
}

class Unfolding {
  readonly #file: string;
  readonly #tensors = new Map<string, TensorView>();
  readonly #within = new Set<unknown>();
  #left: number;
  #characters = 0;

  constructor(file: string, most: number) {
    this.#file = file;
    this.#left = most;
  }

  of(value: unknown): ReadonlyMap<string, TensorView> {
    this.#unfold(value, '');
    return this.#tensors;
  }

  #unfold(value: unknown, prefix: string): void {
    if (this.#within.has(value)) return;
    if (this.#within.size > DEPTH_MAX) throw tooDeep(this.#file);
    this.#within.add(value);
    for (const dict of entriesOf(value)!) {
      for (const [key, inner] of dict) if (typeof key === 'string') this.#take(prefix + key, inner);
    }
    this.#within.delete(value);
  }

  #take(name: string, value: unknown): void {
    this.#characters += name.length;
    if (--this.#left < 0 || this.#characters > CHARACTERS_MAX) {
      throw badPytorch(this.#file, 'its dicts unfold to too many names');
    }
    if (value instanceof TensorView) {
      if (this.#tensors.has(name)) throw badPytorch(this.#file, `the tensor ${quote(name)} comes twice`);
      this.#tensors.set(name, value);
    } else if (isUnread(value)) {
      const kind = quote(value.callee);
      throw badPytorch(this.#file, `the tensor ${quote(name)} is of a kind that is not read (${kind})`, SAVE_PLAIN);
    } else if (entriesOf(value) !== undefined) {
      this.#unfold(value, `${name}.`);
    }
  }
}

const SAVE_PLAIN =
  'Save it as a dense tensor of a common type, on the CPU: tensor.detach().cpu().to_dense().contiguous().';

/** A tensor of a kind that is not read: sparse, quantized, of a type that safetensors does not know. */
function isUnread(value: unknown): value is Inert {
  return value instanceof Inert && /^torch\._(utils|tensor)\._rebuild_/.test(value.callee);
}

/** A dict, or an object of a class that behaves as one. */
function isDict(value: unknown): boolean {
  return value instanceof Map || (value instanceof Inert && value.items !== undefined && moduleOf(value) === undefined);
}

/** The dicts whose entries are a value's named parts; undefined where it has none. */
function entriesOf(value: unknown): readonly Map<unknown, unknown>[] | undefined {
  if (value instanceof Map) return [value];
  if (!(value instanceof Inert)) return undefined;
  return moduleOf(value) ?? (value.items && [value.items]);
}

/** Parameters, persistent buffers and children of a pickled torch.nn.Module, from its attributes. */
function moduleOf({ state }: Inert): readonly Map<unknown, unknown>[] | undefined {
  // With slots the state is a pair, and the first holds the attributes.
  const attributes = Array.isArray(state) ? state[0] : state;
  if (!(attributes instanceof Map)) return undefined;
  const [parameters, buffers, modules] = ['_parameters', '_buffers', '_modules'].map((name) => attributes.get(name));
  if (!(parameters instanceof Map && buffers instanceof Map && modules instanceof Map)) return undefined;
  const left = attributes.get('_non_persistent_buffers_set');
  const persistent = Array.isArray(left) && left.length > 0 ? without(buffers, new Set(left)) : buffers;
  return [parameters, persistent, modules];
}

function without(dict: Map<unknown, unknown>, keys: ReadonlySet<unknown>): Map<unknown, unknown> {
  return new Map([...dict].filter(([key]) => !keys.has(key)));
}

function noTensors(file: string, root: unknown) {
  if (root instanceof Inert) {
    return badPytorch(file, `it holds an object of ${quote(root.callee)} and no state dict`, SAVE_STATE_DICT);
  }
  if (!(root instanceof Map)) return badPytorch(file, 'it holds no dict of tensors', SAVE_STATE_DICT);
  const keys = [...root.keys()].filter((key) => typeof key === 'string');
  const some = keys.slice(0, 5).map(quote).join(', ');
  const what = keys.length === 0 ? 'a dict without names' : `a dict of ${some}${keys.length > 5 ? ', …' : ''}`;
  return badPytorch(file, `it holds ${what} and no tensors by name`, SAVE_STATE_DICT);
}

function tooDeep(file: string) {
  return badPytorch(file, `its dicts are nested more than ${DEPTH_MAX} deep`);
}
