import { Encoder } from '../encoder/encoder.js';
import { allocateWorkspace } from '../encoder/workspace.js';
import type { Gpu } from '../gpu/gpu.js';
import type { Graph, GraphNode, Op } from '../graph/graph.js';
import { ruleOf } from '../graph/ops.js';
import { inferShapes } from '../graph/shapes.js';
import type { Design } from '../kernels/design.js';
import { type Answer, answer, answerBytes, compare, stored } from './case.js';
import { forward } from './exact/forward.js';
import { halves, signed } from './numbers.js';
import type { Prepared } from './run-cases.js';
import type { Use } from './use.js';

/** A small network whose kernels depend on each other, as an encoder runs them: fused, in shared memory. */
interface Network {
  readonly name: string;
  readonly graph: Graph;
  /** Nodes that are compared. */
  readonly taps: readonly string[];
}

const node = (name: string, op: Op, ...inputs: string[]): GraphNode => ({ name, op, inputs, label: name });

function convolved(name: string, input: string, out: number): GraphNode[] {
  const conv = { weight: `${name}.weight`, bias: null, out, kernel: 3, stride: 1, padding: 1 };
  return [
    node(name, { kind: 'conv', ...conv }, input),
    node(`${name}.bn`, { kind: 'affine', scale: `${name}.scale`, shift: `${name}.shift` }, name),
    node(`${name}.relu`, { kind: 'relu' }, `${name}.bn`),
  ];
}

/** The beginning of a ResNet-9: a convolution, a residual block, pooling. */
function resnet(width: number): Network {
  return {
    name: 'ResNet',
    taps: ['add', 'pooled'],
    graph: {
      family: 'self-check',
      input: { channels: 3, height: 10, width: 10 },
      nodes: [
        ...convolved('prep', 'input', width),
        ...convolved('residual1', 'prep.relu', width),
        ...convolved('residual2', 'residual1.relu', width),
        node('add', { kind: 'add' }, 'residual2.relu', 'prep.relu'),
        node('pool', { kind: 'maxpool', kernel: 2, stride: 2, padding: 0 }, 'add'),
        node('pooled', { kind: 'global-avgpool' }, 'pool'),
      ],
    },
  };
}

const linear = (name: string, out: number): Op => ({
  kind: 'linear',
  ...{ weight: `${name}.weight`, bias: `${name}.bias`, out },
});
const norm = (name: string): Op => ({
  kind: 'layernorm',
  ...{ weight: `${name}.scale`, bias: `${name}.bias`, eps: 1e-6 },
});

/** A Vision Transformer of one block: 36 patches and a class token. */
const VIT: Network = {
  name: 'ViT',
  taps: ['add_attn', 'out', 'cls'],
  graph: {
    family: 'self-check',
    input: { channels: 3, height: 24, width: 24 },
    nodes: [
      node(
        'patch_embed',
        { kind: 'patch-embed', weight: 'patch.weight', bias: 'patch.bias', out: 40, kernel: 4 },
        'input',
      ),
      node('tokens', { kind: 'tokens', table: 'table', prefix: 1, positions: true, trained: 0 }, 'patch_embed'),
      node('norm1', norm('norm1'), 'tokens'),
      node('qkv', linear('qkv', 120), 'norm1'),
      node('scores', { kind: 'attention-scores', heads: 2 }, 'qkv'),
      node('probs', { kind: 'softmax' }, 'scores'),
      node('values', { kind: 'attention-values', heads: 2 }, 'probs', 'qkv'),
      node('attn', linear('attn', 40), 'values'),
      node('add_attn', { kind: 'add' }, 'attn', 'tokens'),
      node('norm2', norm('norm2'), 'add_attn'),
      node('fc1', linear('fc1', 40), 'norm2'),
      node('act', { kind: 'gelu' }, 'fc1'),
      node('mlp', linear('fc2', 40), 'act'),
      node('out', { kind: 'add' }, 'mlp', 'add_attn'),
      node('norm', norm('norm'), 'out'),
      node('cls', { kind: 'token', index: 0 }, 'norm'),
    ],
  },
};

/** From so many channels on Winograd's algorithm pays at 10 × 10. */
const WIDE = 64;

export function networkOf({ design, encoder }: Pick<Use, 'design' | 'encoder'>): Network {
  if (encoder === 'transformer') return VIT;
  return resnet(design.precision === 'f32-winograd' ? WIDE : 16);
}

const VIEWS = 2;
/** Of the largest value of a node, as memgpu promises of activations. */
const F32_ERROR = 1e-4;

/** @throws SHADER_COMPILE naming the kernel; OUT_OF_MEMORY; nothing stays allocated */
export async function prepareNetwork(gpu: Gpu, network: Network, design: Design): Promise<Prepared> {
  const { graph, taps } = network;
  const parameters = parametersOf(graph);
  const made: { dispose(): void }[] = [];
  const kept = <T extends { dispose(): void }>(one: T): T => {
    made.unshift(one);
    return one;
  };
  const dispose = () => {
    for (const one of made) one.dispose();
  };
  try {
    const encoder = kept(await Encoder.load(gpu, { graph, parameters }, design));
    const plan = encoder.plan({ taps, hold: true });
    const workspace = kept(await allocateWorkspace(gpu, plan, VIEWS));
    const bound = kept(await encoder.bind(plan, workspace));
    const { channels, height, width } = graph.input;
    const input = signed(VIEWS * height * width * channels, 81);
    workspace.setCount(VIEWS);
    gpu.write(workspace.slots[0]!, stored(input, channels, 'f32'));
    // Of halves each step's output is rounded once, at a gain near 1; twice that, as branches add up.
    const share = design.precision === 'f16' ? 2 * plan.steps.length * 2 ** -11 : F32_ERROR;
    return {
      record: (recording) => bound.record(recording, VIEWS),
      reads: bound.taps.map(({ buffer }) => buffer),
      judge(bytes) {
        const exact = forward(graph, parameters, input, VIEWS);
        return bound.taps.map(({ node: tap, shape, storage }, i) => {
          const wanted = within(exact.get(tap)!, shape.channels, share, storage);
          const name = `${network.name} ${design.precision}, node ${tap}`;
          return { of: 'network', name, ...compare(wanted, bytes[i]!.slice(0, answerBytes(wanted))) };
        });
      },
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** @param share of the largest value that each may be off by */
function within(values: ArrayLike<number>, channels: number, share: number, storage: Answer['storage']): Answer {
  const largest = Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const errors = new Float64Array(values.length).fill(share * largest);
  return answer({ values: Float64Array.from(values), errors }, channels, storage);
}

/** Numbers that halves hold too, so that every precision has the same ones; products neither grow nor vanish with depth. */
function parametersOf(graph: Graph): Map<string, Float32Array> {
  const shapes = inferShapes(graph);
  const parameters = new Map<string, Float32Array>();
  for (const { op, inputs } of graph.nodes) {
    const asked =
      ruleOf(op).parameters?.(
        op,
        inputs.map((name) => shapes.get(name)!),
      ) ?? [];
    for (const { name, shape } of asked) {
      const [length, terms] = [shape.reduce((a, b) => a * b), shape.slice(1).reduce((a, b) => a * b, 1)];
      const numbers = signed(length, 82 + parameters.size);
      const scaled = name.endsWith('.scale')
        ? numbers.map((value) => 1 + value / 2)
        : numbers.map((value) => (name.endsWith('.weight') ? value * Math.sqrt(6 / terms) : value / 2));
      parameters.set(name, halves(scaled));
    }
  }
  return parameters;
}
