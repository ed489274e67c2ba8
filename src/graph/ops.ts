import type { NodeShape, Op, OpKind, OpOf } from './graph.js';

/** An array that an op reads, with the shape that it must have. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
}

/** What is known of an op without running it. */
export interface OpRule<O extends Op> {
  readonly inputs: number;
  /** A text instead of a shape says what is wrong with the inputs. Windows count as in PyTorch without ceil mode. */
  shape(op: O, inputs: readonly NodeShape[]): NodeShape | string;
  parameters?(op: O, inputs: readonly NodeShape[]): readonly Parameter[];
  /** Per view; products with padding are counted, biases are not. */
  multiplyAdds?(op: O, inputs: readonly NodeShape[], to: NodeShape): number;
  /** Trained numbers, where they are not the parameters' sizes. */
  trained?(op: O): number | undefined;
  /** Its kernel can finish a value before it stores it: bias, scale and shift, activation, residual. */
  readonly epilogue?: true;
}

const RULES: { readonly [K in OpKind]: OpRule<OpOf<K>> } = {
  conv: {
    inputs: 1,
    epilogue: true,
    shape(op, [x]) {
      const { groups = 1 } = op;
      if (x!.channels % groups || op.out % groups)
        return `has ${groups} groups but ${x!.channels} > ${op.out} channels`;
      return windows(op, x!, op.out);
    },
    parameters: (op, [x]) => weighted(op, [x!.channels / (op.groups ?? 1), op.kernel, op.kernel]),
    multiplyAdds: (op, [x], to) => (positions(to) * to.channels * x!.channels * op.kernel ** 2) / (op.groups ?? 1),
  },
  'winograd-input': {
    inputs: 1,
    shape: (_, [x]) => ({ height: 16, width: winogradTiles(x!), channels: x!.channels }),
  },
  winograd: {
    inputs: 1,
    epilogue: true,
    shape({ out, height, width }, [x]) {
      const map = { height, width, channels: out };
      return x!.height === 16 && x!.width === winogradTiles(map) ? map : `has no patches of ${showShape(map)}`;
    },
    parameters: (op, [x]) => weighted(op, [x!.channels, 3, 3]),
    multiplyAdds: ({ out }, [x]) => positions(x!) * x!.channels * out,
  },
  'patch-embed': {
    inputs: 1,
    epilogue: true,
    shape(op, [x]) {
      const map = windows({ ...op, stride: op.kernel, padding: 0 }, x!, op.out);
      return typeof map === 'string' ? map : tokens(map.height * map.width, op.out, { prefix: 0 });
    },
    parameters: (op, [x]) => weighted(op, [x!.channels, op.kernel, op.kernel]),
    multiplyAdds: (op, [x], to) => positions(to) * to.channels * x!.channels * op.kernel ** 2,
  },
  affine: {
    inputs: 1,
    epilogue: true,
    shape: (_, [x]) => x!,
    parameters: ({ scale, shift }, [x]) => vectors(x!.channels, scale, shift),
  },
  relu: { inputs: 1, epilogue: true, shape: (_, [x]) => x! },
  gelu: { inputs: 1, epilogue: true, shape: (_, [x]) => x! },
  maxpool: { inputs: 1, shape: (op, [x]) => windows(op, x!, x!.channels) },
  avgpool: { inputs: 1, shape: (op, [x]) => windows(op, x!, x!.channels) },
  'global-avgpool': {
    inputs: 1,
    shape: ({ from = 0 }, [x]) =>
      from < positions(x!) ? flat(x!.channels) : `takes the mean from position ${from} of ${positions(x!)} on`,
  },
  add: {
    inputs: 2,
    epilogue: true,
    shape: (_, [x, y]) =>
      x!.height === y!.height && x!.width === y!.width && x!.channels === y!.channels
        ? x!
        : `adds ${showShape(x!)} and ${showShape(y!)}`,
  },
  linear: {
    inputs: 1,
    epilogue: true,
    shape: (op, [x]) =>
      x!.tokens || positions(x!) === 1
        ? { ...x!, channels: op.out }
        : `is linear but reads ${showShape(x!)}, neither tokens nor one position`,
    parameters: (op, [x]) => weighted(op, [x!.channels]),
    multiplyAdds: (_, [x], to) => positions(to) * to.channels * x!.channels,
    trained: (op) => op.trained,
  },
  'shortcut-pad': {
    inputs: 1,
    shape: (op, [x]) =>
      op.out < x!.channels
        ? `pads ${x!.channels} channels to ${op.out}`
        : {
            height: Math.ceil(x!.height / op.stride),
            width: Math.ceil(x!.width / op.stride),
            channels: op.out,
          },
  },
  tokens: {
    inputs: 1,
    shape: ({ prefix, registersOnly }, [x]) =>
      tokens(prefix + positions(x!), x!.channels, { prefix, ...(registersOnly && { registersOnly }) }),
    parameters: (op, [x]) => [{ name: op.table, shape: [op.prefix + (op.positions ? positions(x!) : 0), x!.channels] }],
    trained: (op) => op.trained,
  },
  token: {
    inputs: 1,
    shape: (op, [x]) => (op.index < positions(x!) ? flat(x!.channels) : `takes token ${op.index} of ${positions(x!)}`),
  },
  layernorm: {
    inputs: 1,
    shape: (_, [x]) => x!,
    parameters: ({ weight, bias }, [x]) => vectors(x!.channels, weight, bias),
  },
  swiglu: {
    inputs: 1,
    shape: (_, [x]) => (x!.channels % 2 ? `halves ${x!.channels} channels` : { ...x!, channels: x!.channels / 2 }),
  },
  'attention-scores': {
    inputs: 1,
    shape: ({ heads }, [qkv]) =>
      thirds(heads, qkv!) ?? { height: heads, width: positions(qkv!), channels: positions(qkv!), attention: true },
    multiplyAdds: (_, [qkv]) => (positions(qkv!) ** 2 * qkv!.channels) / 3,
  },
  softmax: { inputs: 1, shape: (_, [x]) => x! },
  'attention-values': {
    inputs: 2,
    shape: ({ heads }, [probabilities, qkv]) =>
      thirds(heads, qkv!) ??
      (probabilities!.height === heads && probabilities!.channels === positions(qkv!)
        ? { ...qkv!, channels: qkv!.channels / 3 }
        : `weighs the values of ${showShape(qkv!)} by ${showShape(probabilities!)}`),
    multiplyAdds: (_, [, qkv]) => (positions(qkv!) ** 2 * qkv!.channels) / 3,
  },
  attention: {
    inputs: 1,
    shape: ({ heads }, [qkv]) => thirds(heads, qkv!) ?? { ...qkv!, channels: qkv!.channels / 3 },
    multiplyAdds: (_, [qkv]) => (2 * positions(qkv!) ** 2 * qkv!.channels) / 3,
  },
};

/** The rule of an op's kind. */
export function ruleOf<K extends OpKind>(op: OpOf<K>): OpRule<OpOf<K>> {
  return RULES[op.kind as K];
}

/** Positions of a node per view. */
export function positions({ height, width }: NodeShape): number {
  return height * width;
}

/** Tiles of 2×2 that cover a map. */
function winogradTiles({ height, width }: NodeShape): number {
  return Math.ceil(height / 2) * Math.ceil(width / 2);
}

export function showShape({ height, width, channels }: NodeShape): string {
  return `[${channels}, ${height}, ${width}]`;
}

function flat(channels: number): NodeShape {
  return { height: 1, width: 1, channels };
}

function tokens(count: number, channels: number, kinds: NonNullable<NodeShape['tokens']>): NodeShape {
  return { height: count, width: 1, channels, tokens: kinds };
}

function vectors(length: number, ...names: string[]): readonly Parameter[] {
  return names.map((name) => ({ name, shape: [length] }));
}

function weighted(
  op: { readonly weight: string; readonly bias: string | null; readonly out: number },
  window: readonly number[],
): readonly Parameter[] {
  const weight = { name: op.weight, shape: [op.out, ...window] };
  return op.bias === null ? [weight] : [weight, { name: op.bias, shape: [op.out] }];
}

function windows(
  op: { readonly kernel: number; readonly stride: number; readonly padding: number },
  x: NodeShape,
  channels: number,
): NodeShape | string {
  const count = (size: number) => Math.floor((size + 2 * op.padding - op.kernel) / op.stride) + 1;
  const [height, width] = [count(x.height), count(x.width)];
  return height < 1 || width < 1
    ? `its ${op.kernel}×${op.kernel} window does not fit into ${showShape(x)} with a padding of ${op.padding}`
    : { height, width, channels };
}

/** What keeps `qkv` from being queries, keys and values of `heads` heads, or null. */
function thirds(heads: number, qkv: NodeShape): string | null {
  return qkv.channels % (3 * heads) ? `splits ${qkv.channels} channels into 3 × ${heads} heads` : null;
}
