/** Writes ONNX models: the few messages of onnx.proto that the benchmark's networks need. */

type Chunk = Uint8Array<ArrayBuffer>;
const text = new TextEncoder();

function join(chunks: readonly Chunk[]): Chunk {
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const chunk of chunks) {
    whole.set(chunk, end);
    end += chunk.length;
  }
  return whole;
}

/** Protobuf's variable-length integer, two's complement in 64 bits where negative. */
function varint(value: number): Chunk {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

const VARINT = 0;
const LENGTH = 2;
const FLOAT32 = 5;

const integer = (field: number, value: number): Chunk => join([varint((field << 3) | VARINT), varint(value)]);
const message = (field: number, ...parts: readonly Chunk[]): Chunk => {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return join([varint((field << 3) | LENGTH), varint(length), ...parts]);
};
const string = (field: number, value: string): Chunk => message(field, text.encode(value) as Chunk);
const float = (field: number, value: number): Chunk =>
  join([varint((field << 3) | FLOAT32), new Uint8Array(Float32Array.of(value).buffer)]);

const ELEMENT = { float: 1, int64: 7 } as const;
const ATTRIBUTE = { float: 1, int: 2, ints: 7 } as const;

function tensor(name: string, shape: readonly number[], data: Float32Array | BigInt64Array): Chunk {
  const type = data instanceof Float32Array ? ELEMENT.float : ELEMENT.int64;
  const raw = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  return message(5, ...shape.map((length) => integer(1, length)), integer(2, type), string(8, name), message(9, raw));
}

function valueInfo(field: number, name: string, shape: readonly number[]): Chunk {
  const dimensions = message(2, ...shape.map((length) => message(1, integer(1, length))));
  return message(field, string(1, name), message(2, message(1, integer(1, ELEMENT.float), dimensions)));
}

/** An attribute's number is an INT where it is whole, unless it is given as `{ float }`. */
export type Attribute = number | readonly number[] | { readonly float: number };

function attribute(name: string, value: Attribute): Chunk {
  if (typeof value === 'number') return message(5, string(1, name), integer(3, value), integer(20, ATTRIBUTE.int));
  if ('float' in value) return message(5, string(1, name), float(2, value.float), integer(20, ATTRIBUTE.float));
  return message(5, string(1, name), ...value.map((item) => integer(8, item)), integer(20, ATTRIBUTE.ints));
}

/** A model under construction: one input `x`, one output `y`, opset 17. Every value has a name. */
export class OnnxGraph {
  readonly #nodes: Chunk[] = [];
  readonly #constants = new Map<string, Chunk>();

  /** An initializer; of a name that is taken, the first one stays. */
  constant(name: string, shape: readonly number[], data: Float32Array | readonly number[]): string {
    if (!this.#constants.has(name)) {
      const values = data instanceof Float32Array ? data : BigInt64Array.from(data, BigInt);
      this.#constants.set(name, tensor(name, shape, values));
    }
    return name;
  }

  /** @returns the name of its output, or of the first where there are several, numbered `NAME`, `NAME:1`, … */
  node(
    name: string,
    operation: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    outputs = 1,
  ): string {
    const made = Array.from({ length: outputs }, (_, i) => (i === 0 ? name : `${name}:${i}`));
    this.#nodes.push(
      message(
        1,
        ...inputs.map((input) => string(1, input)),
        ...made.map((output) => string(2, output)),
        string(3, name),
        string(4, operation),
        ...Object.entries(attributes).map(([key, value]) => attribute(key, value)),
      ),
    );
    return name;
  }

  /** The finished ModelProto; the node `y` must be there. */
  model(input: readonly number[], output: readonly number[]): Uint8Array<ArrayBuffer> {
    const graph = message(
      7,
      ...this.#nodes,
      string(2, 'peers'),
      ...this.#constants.values(),
      valueInfo(11, 'x', input),
      valueInfo(12, 'y', output),
    );
    return join([integer(1, 8), graph, message(8, string(1, ''), integer(2, 17))]);
  }
}
