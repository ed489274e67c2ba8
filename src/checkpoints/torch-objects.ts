import { isDangerous } from './dangerous-globals.js';
import { type Dtype, dtypeBits } from './dtypes.js';
import { PickleFault } from './pickle-bytes.js';
import { Global, type PickleMeaning } from './pickle-machine.js';
import { quote } from './quote.js';
import { RANK_MAX } from './safetensors-header.js';
import { isContiguous, spanOf } from './strided.js';

/** Of a file that would run a command. */
const DISTRUST =
  'Do not load this file with PyTorch; get the weights from a source that you trust, best as safetensors.';

/** Element types by the name that comes before `Storage`. */
const STORAGES = new Map<string, Dtype>([
  ['Float', 'F32'],
  ['Double', 'F64'],
  ['Half', 'F16'],
  ['BFloat16', 'BF16'],
  ['Long', 'I64'],
  ['Int', 'I32'],
  ['Short', 'I16'],
  ['Char', 'I8'],
  ['Byte', 'U8'],
  ['Untyped', 'U8'],
  ['Bool', 'BOOL'],
  ['ComplexFloat', 'C64'],
]);

/** Element types by the name in the module `torch`, where a tensor over untyped storage names its own. */
const DTYPES = new Map<string, Dtype>([
  ['float32', 'F32'],
  ['float64', 'F64'],
  ['float16', 'F16'],
  ['bfloat16', 'BF16'],
  ['int64', 'I64'],
  ['int32', 'I32'],
  ['int16', 'I16'],
  ['int8', 'I8'],
  ['uint64', 'U64'],
  ['uint32', 'U32'],
  ['uint16', 'U16'],
  ['uint8', 'U8'],
  ['bool', 'BOOL'],
  ['complex64', 'C64'],
  ['float8_e4m3fn', 'F8_E4M3'],
  ['float8_e5m2', 'F8_E5M2'],
  ['float8_e4m3fnuz', 'F8_E4M3FNUZ'],
  ['float8_e5m2fnuz', 'F8_E5M2FNUZ'],
]);

/** Bytes that the file keeps under a key of its own. Several tensors may lie in one. */
export interface StoredBytes {
  readonly key: string;
  readonly bytes: number;
  /** As the file counts it: elements of the type that it names. */
  readonly elements: number;
}

/** A part of stored bytes, as elements of a type. */
export class StorageView {
  constructor(
    readonly stored: StoredBytes,
    readonly dtype: Dtype,
    readonly begin: number,
    readonly bytes: number,
  ) {}
}

/** A tensor: where its elements lie in stored bytes. Checked: all of them lie within. */
export class TensorView {
  constructor(
    readonly stored: StoredBytes,
    readonly dtype: Dtype,
    /** Of the first element, in bytes. */
    readonly begin: number,
    readonly shape: readonly number[],
    /** In elements. */
    readonly strides: readonly number[],
  ) {}
}

/** What the pickle of a PyTorch file means: its storages and tensors, and dicts. Nothing else is made. */
export class TorchObjects implements PickleMeaning {
  /** Every storage that the pickle names, by key. */
  readonly stored = new Map<string, StoredBytes>();

  /** ('storage', type, key, location, elements, [view]); in old files also ('module', class, file, source). */
  persistent(id: unknown): unknown {
    if (!Array.isArray(id)) throw fault('a persistent id that is no tuple');
    const [kind, type, key, , elements, view] = id;
    if (kind === 'module') return type;
    if (kind !== 'storage' || !(type instanceof Global)) throw fault('a persistent id that names no storage');
    const name = typeof key === 'number' ? String(key) : key;
    if (typeof name !== 'string' || !isCount(elements)) throw fault('a storage without a key or a size');
    const dtype = STORAGES.get(/^torch\.(?:cuda\.|storage\.)?(\w+)Storage$/.exec(type.path)?.[1] ?? '');
    // Of an unknown type: what lies in it cannot be read, and whether it is needed shows later.
    if (dtype === undefined) return type;
    const size = dtypeBits(dtype) / 8;
    const stored = this.#storedBytes(name, elements, size);
    if (view === undefined || view === null) return new StorageView(stored, dtype, 0, stored.bytes);
    const [, offset, length] = Array.isArray(view) ? view : [];
    if (!isCount(offset) || !isCount(length) || offset + length > elements) {
      throw fault(`a view of the storage ${quote(name)} that leaves it`);
    }
    return new StorageView(stored, dtype, offset * size, length * size);
  }

  /** @throws PickleFault where a name with dots leads through modules to what no honest checkpoint calls */
  named(name: string): void {
    if (isDangerous(name))
      throw fault(`the name ${quote(name)}, which loading it with PyTorch would look up`, DISTRUST);
  }

  call(callee: string, args: readonly unknown[], spend: (operations: number) => void): unknown {
    // What is called may call in turn what it is given: functools.partial, map, getattr.
    spend(args.length);
    const given = args.find((arg) => arg instanceof Global && isDangerous(arg.path));
    if (given instanceof Global) throw runs(given.path);
    switch (callee) {
      case 'collections.OrderedDict':
      case 'collections.defaultdict':
      case 'builtins.dict':
      case '__builtin__.dict':
        return dictOf(callee.endsWith('defaultdict') ? args.slice(1) : args, spend);
      case 'builtins.set':
      case '__builtin__.set':
      case 'torch.Size':
        return Array.isArray(args[0]) ? args[0] : [];
      case 'torch._utils._rebuild_tensor':
        return tensorOf(args);
      case 'torch._utils._rebuild_tensor_v2':
        return isPlain(args[6]) ? tensorOf(args) : undefined;
      case 'torch._utils._rebuild_tensor_v3': {
        const dtype = args[6] instanceof Global ? DTYPES.get(args[6].path.replace(/^torch\./, '')) : undefined;
        return isPlain(args[7]) && dtype !== undefined ? tensorOf(args, dtype) : undefined;
      }
      case 'torch._utils._rebuild_parameter':
      case 'torch._utils._rebuild_parameter_with_state':
      case 'torch.nn.parameter.Parameter':
        return args[0] instanceof TensorView ? args[0] : undefined;
      case 'torch._tensor._rebuild_from_type_v2': {
        const [inner, , innerArgs] = args;
        if (!(inner instanceof Global) || !Array.isArray(innerArgs)) return undefined;
        // Only one level: a function that rebuilds is given none of its own kind.
        return inner.path === callee ? undefined : this.call(inner.path, innerArgs, spend);
      }
      default:
        if (isDangerous(callee)) throw runs(callee);
        return undefined;
    }
  }

  #storedBytes(key: string, elements: number, size: number): StoredBytes {
    const bytes = elements * size;
    if (!Number.isSafeInteger(bytes)) throw fault(`a storage ${quote(key)} of more than 2^53 bytes`);
    const known = this.stored.get(key);
    if (known === undefined) {
      const stored = { key, bytes, elements };
      this.stored.set(key, stored);
      return stored;
    }
    if (known.bytes !== bytes)
      throw fault(`two sizes for the storage ${quote(key)}: ${known.bytes} and ${bytes} bytes`);
    return known;
  }
}

/**
 * (storage, offset, shape, strides, …); undefined where the storage is of an unknown type. Shape and strides are copied: the
 * pickle may go on to append to the lists that it gave.
 */
function tensorOf(
  [storage, offset, givenShape, givenStrides]: readonly unknown[],
  named?: Dtype,
): TensorView | undefined {
  if (storage instanceof Global) return undefined;
  if (!(storage instanceof StorageView)) throw fault('a tensor without a storage');
  if (
    !isCount(offset) ||
    !isCounts(givenShape) ||
    !isCounts(givenStrides) ||
    givenShape.length !== givenStrides.length
  ) {
    throw fault('a tensor whose offset, shape or strides are none');
  }
  const [shape, strides] = [[...givenShape], [...givenStrides]];
  const dtype = named ?? storage.dtype;
  const size = dtypeBits(dtype) / 8;
  const of = `a tensor ${dtype} [${shape.join(', ')}]`;
  const elements = shape.reduce((product, length) => product * length, 1);
  if (!Number.isSafeInteger(elements * size)) throw fault(`${of} of more than 2^53 bytes`);
  // One without elements takes nothing from its storage, wherever it is said to begin.
  const end = elements === 0 ? 0 : (offset + spanOf(shape, strides)) * size;
  if (!(end <= storage.bytes)) {
    throw fault(`${of} that ends at byte ${end} of its storage, which has ${storage.bytes}`);
  }
  // Where axes have one element or none, strides are free; a plain tensor is simpler to recognise with its own.
  const plain = isContiguous(shape, strides) ? contiguousStrides(shape) : strides;
  return new TensorView(storage.stored, dtype, storage.begin + offset * size, shape, plain);
}

function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  for (let axis = shape.length - 1, step = 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= Math.max(1, shape[axis]!);
  }
  return strides;
}

/** The dict that a call of its class gives: from nothing, a dict, or pairs (as Python 2 wrote OrderedDict). */
function dictOf([content]: readonly unknown[], spend: (operations: number) => void): Map<unknown, unknown> {
  const dict = new Map<unknown, unknown>();
  if (content === undefined || content === null) return dict;
  if (!(content instanceof Map) && !Array.isArray(content)) throw fault('a dict made of neither pairs nor a dict');
  spend(content instanceof Map ? content.size : content.length);
  for (const pair of content) {
    if (!Array.isArray(pair) || pair.length !== 2) throw fault('a dict made of what are no pairs');
    dict.set(pair[0], pair[1]);
  }
  return dict;
}

/** Metadata of a tensor says whether its values are still to be negated or conjugated; then they are not the stored ones. */
function isPlain(metadata: unknown): boolean {
  return !(metadata instanceof Map) || [metadata.get('neg'), metadata.get('conj')].every((flag) => flag !== true);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isCounts(values: unknown): values is number[] {
  return Array.isArray(values) && values.length <= RANK_MAX && values.every(isCount);
}

function runs(callee: string): PickleFault {
  return fault(`a call of ${quote(callee)}, which loading it with PyTorch would run`, DISTRUST);
}

/** The reader knows the position. */
function fault(what: string, hint?: string): PickleFault {
  return new PickleFault(`it has ${what}`, -1, hint);
}
