import type { SeededWeights } from '../../test/reference/seeded-weights.js';
import { type FoldedConv, foldedResNet18 } from './folded.js';
import { type Job, transpose, VIT, weightsOf } from './jobs.js';
import { OnnxGraph } from './onnx.js';

/** A job's network as PyTorch exports it at opset 17: batch normalisation folded, GELU by Erf, the batch fixed. */
export function onnxModel({ network, input, output }: Job): Uint8Array<ArrayBuffer> {
  const weights = weightsOf(network);
  const graph = new OnnxGraph();
  switch (network) {
    case 'gemm':
      graph.node('y', 'MatMul', ['x', graph.constant('b', [1024, 1024], weights.tensors.get('b')!.data)]);
      break;
    case 'conv':
      graph.node('y', 'Conv', ['x', graph.constant('w', [64, 64, 3, 3], weights.tensors.get('w')!.data)], window(3, 1));
      break;
    case 'resnet18':
      resnet18(graph, weights);
      break;
    case 'vit-tiny':
      vitTiny(graph, weights, input[0]!);
      break;
  }
  return graph.model(input, output);
}

function window(kernel: number, stride: number) {
  const padding = (kernel - 1) / 2;
  return { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [padding, padding, padding, padding] };
}

function resnet18(graph: OnnxGraph, weights: SeededWeights): void {
  const conv = (name: string, x: string, { shape, weight, bias }: FoldedConv, stride: number) => {
    const inputs = [x, graph.constant(`${name}.w`, shape, weight), graph.constant(`${name}.b`, [shape[0]!], bias)];
    return graph.node(name, 'Conv', inputs, window(shape[2]!, stride));
  };
  const relu = (name: string, x: string) => graph.node(name, 'Relu', [x]);
  const { stem, blocks } = foldedResNet18(weights);
  let x = relu('relu', conv('conv1', 'x', stem, 1));
  for (const [n, { stride, conv1, conv2, downsample }] of blocks.entries()) {
    const inner = relu(`${n}.relu`, conv(`${n}.conv1`, x, conv1, stride));
    const main = conv(`${n}.conv2`, inner, conv2, 1);
    const shortcut = downsample ? conv(`${n}.downsample`, x, downsample, stride) : x;
    x = relu(`${n}.out`, graph.node(`${n}.add`, 'Add', [main, shortcut]));
  }
  graph.node('y', 'Flatten', [graph.node('pool', 'GlobalAveragePool', [x])], { axis: 1 });
}

function vitTiny(graph: OnnxGraph, { tensors }: SeededWeights, batch: number): void {
  const { width, depth, heads, patch, tokens, eps } = VIT;
  const each = width / heads;
  const data = (name: string) => tensors.get(name)!.data;
  const vector = (name: string) => graph.constant(name, [data(name).length], data(name));
  const scalar = (name: string, value: number) => graph.constant(name, [], Float32Array.of(value));
  const linear = (at: string, x: string) => {
    const [out = 0, channels = 0] = tensors.get(`${at}.weight`)!.shape;
    const turned = graph.constant(`${at}.weight`, [channels, out], transpose(data(`${at}.weight`), out, channels));
    return graph.node(`${at}.out`, 'Add', [graph.node(`${at}.product`, 'MatMul', [x, turned]), vector(`${at}.bias`)]);
  };
  const norm = (at: string, x: string) =>
    graph.node(`${at}.out`, 'LayerNormalization', [x, vector(`${at}.weight`), vector(`${at}.bias`)], {
      axis: -1,
      epsilon: { float: eps },
    });
  const reshape = (name: string, x: string, shape: readonly number[]) =>
    graph.node(name, 'Reshape', [x, graph.constant(`${name}.shape`, [shape.length], shape)]);

  const projection = [
    graph.constant('patch.w', [width, 3, patch, patch], data('patch_embed.proj.weight')),
    vector('patch_embed.proj.bias'),
  ];
  const patches = graph.node('patches', 'Conv', ['x', ...projection], {
    kernel_shape: [patch, patch],
    strides: [patch, patch],
  });
  const flat = reshape('patches.flat', patches, [batch, width, tokens - 1]);
  const rows = graph.node('patches.rows', 'Transpose', [flat], { perm: [0, 2, 1] });
  const classes = Float32Array.from({ length: batch * width }, (_, i) => data('cls_token')[i % width]!);
  const cls = graph.constant('cls', [batch, 1, width], classes);
  const positions = graph.constant('positions', [1, tokens, width], data('pos_embed'));
  const sequence = graph.node('sequence', 'Concat', [cls, rows], { axis: 1 });
  let x = graph.node('tokens', 'Add', [sequence, positions]);
  for (let n = 0; n < depth; n++) {
    const at = `blocks.${n}`;
    const qkv = reshape(`${at}.split`, linear(`${at}.attn.qkv`, norm(`${at}.norm1`, x)), [
      batch,
      tokens,
      3,
      heads,
      each,
    ]);
    const apart = graph.node(`${at}.apart`, 'Transpose', [qkv], { perm: [2, 0, 3, 1, 4] });
    const [q, k, v] = ['q', 'k', 'v'].map((part, i) =>
      graph.node(`${at}.${part}`, 'Gather', [apart, graph.constant(`third.${i}`, [], [i])], { axis: 0 }),
    ) as [string, string, string];
    const keys = graph.node(`${at}.keys`, 'Transpose', [k], { perm: [0, 1, 3, 2] });
    const product = graph.node(`${at}.scores`, 'MatMul', [q, keys]);
    const scaled = graph.node(`${at}.scaled`, 'Mul', [product, scalar('scale', 1 / Math.sqrt(each))]);
    const weighted = graph.node(`${at}.weighted`, 'MatMul', [
      graph.node(`${at}.softmax`, 'Softmax', [scaled], { axis: -1 }),
      v,
    ]);
    const together = graph.node(`${at}.together`, 'Transpose', [weighted], { perm: [0, 2, 1, 3] });
    const attended = linear(`${at}.attn.proj`, reshape(`${at}.merged`, together, [batch, tokens, width]));
    x = graph.node(`${at}.add`, 'Add', [x, attended]);
    const hidden = linear(`${at}.mlp.fc1`, norm(`${at}.norm2`, x));
    const root = graph.node(`${at}.div`, 'Div', [hidden, scalar('root2', Math.SQRT2)]);
    const phi = graph.node(`${at}.phi`, 'Add', [graph.node(`${at}.erf`, 'Erf', [root]), scalar('one', 1)]);
    const twice = graph.node(`${at}.twice`, 'Mul', [hidden, phi]);
    const gelu = graph.node(`${at}.gelu`, 'Mul', [twice, scalar('half', 0.5)]);
    x = graph.node(`${at}.out`, 'Add', [x, linear(`${at}.mlp.fc2`, gelu)]);
  }
  graph.node('y', 'Gather', [norm('norm', x), graph.constant('third.0', [], [0])], { axis: 1 });
}
