import { type Checkpoint, checkRows, type TensorInfo, tensorOf } from './checkpoint.js';
import { type Dtype, dtypeBits } from './dtypes.js';
import { toFloat32 } from './float32.js';
import type { PytorchContainer } from './pytorch-container.js';
import { badPytorch } from './pytorch-fault.js';
import { quote } from './quote.js';
import type { ByteSource } from './source.js';
import { findStateDict, type StateDict } from './state-dict.js';
import { gather, isContiguous, spanOf } from './strided.js';
import type { TensorView } from './torch-objects.js';

/**
 * Opens what `torch.save` wrote, from PyTorch 0.1.10 on: reads its directory and pickle, and no tensor. Nothing in the file
 * is executed. The checkpoint owns the source from here on: it is closed with it, and where opening fails.
 *
 * @param open reads the container: `openPytorchZip` or `openPytorchLegacy`
 * @throws BAD_PYTORCH where the file is broken, is above a limit or holds no state dict; IO where it cannot be read.
 */
export async function openPytorch(
  source: ByteSource,
  open: (source: ByteSource) => Promise<PytorchContainer>,
): Promise<Checkpoint> {
  try {
    const container = await open(source);
    // Every name takes bytes.
    const found = findStateDict(source.name, container.root, source.size);
    for (const [name, tensor] of found.tensors) {
      container.check(tensor.stored);
      const bytes = bytesOf(tensor.dtype, tensor.shape);
      // An expanded view claims any size over one element: what is allocated stays bounded by what was given.
      if (bytes > source.size) {
        const of = `${quote(name)} ${tensor.dtype} [${tensor.shape.join(', ')}]`;
        throw badPytorch(source.name, `the tensor ${of} has ${bytes} bytes, more than the file`, 'Save it expanded.');
      }
    }
    return new PytorchFile(source, container, found);
  } catch (error) {
    await source.close?.();
    throw error;
  }
}

class PytorchFile implements Checkpoint {
  readonly name: string;
  readonly bytes: number;
  readonly metadata: ReadonlyMap<string, string> = new Map();
  readonly wrapper: string;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly #source: ByteSource;
  readonly #container: PytorchContainer;
  readonly #views: ReadonlyMap<string, TensorView>;

  constructor(source: ByteSource, container: PytorchContainer, { wrapper, tensors }: StateDict) {
    this.#source = source;
    this.#container = container;
    this.#views = tensors;
    this.name = source.name;
    this.bytes = source.size;
    this.wrapper = wrapper;
    this.tensors = new Map([...tensors].map(([name, { dtype, shape }]) => [name, { name, dtype, shape }]));
  }

  async readF32(name: string): Promise<Float32Array> {
    return this.#convert(name);
  }

  async readRows(name: string, first: number, count: number): Promise<Float32Array> {
    return this.#convert(name, first, count);
  }

  async readBytes(name: string, firstRow?: number, count?: number): Promise<Uint8Array> {
    const tensor = tensorOf(this, name);
    const { stored, dtype, begin, shape, strides } = this.#views.get(name)!;
    const all = firstRow === undefined && count === undefined;
    const first = firstRow ?? 0;
    const rows = count ?? (shape[0] ?? 0) - first;
    if (!all) checkRows(this.name, tensor, first, rows);
    const taken = all ? shape : [rows, ...shape.slice(1)];
    const size = bytesOf(dtype, []);
    const length = spanOf(taken, strides) * size;
    if (length === 0) return new Uint8Array(0);
    const span = await this.#container.read(stored, begin + (all ? 0 : first * strides[0]! * size), length);
    return isContiguous(taken, strides) ? span : gather(span, size, taken, strides);
  }

  async close(): Promise<void> {
    await this.#source.close?.();
  }

  async #convert(name: string, first?: number, count?: number): Promise<Float32Array> {
    const { dtype } = tensorOf(this, name);
    // Refused before its bytes are read.
    if (toFloat32(new Uint8Array(0), dtype) === undefined) {
      throw badPytorch(this.name, `tensor ${quote(name)} has the type ${dtype}, which is not converted to float32`);
    }
    return toFloat32(await this.readBytes(name, first, count), dtype)!;
  }
}

/** Of a tensor, in bytes. */
function bytesOf(dtype: Dtype, shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, dtypeBits(dtype) / 8);
}
