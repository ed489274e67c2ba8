import type { Graph, GraphNode, Op } from '../../src/graph/graph.js';
import type { Plan } from '../../src/graph/plan.js';

/** A node in short: name, op, inputs. */
export function node(name: string, op: Op, ...inputs: string[]): GraphNode {
  return { name, op, inputs, label: name };
}

export function conv(name: string, out: number, input: string, kernel = 3, stride = 1): GraphNode {
  const padding = (kernel - 1) / 2;
  return node(name, { kind: 'conv', weight: `${name}.w`, bias: null, out, kernel, stride, padding }, input);
}

export function affine(name: string, input: string): GraphNode {
  return node(name, { kind: 'affine', scale: `${name}.scale`, shift: `${name}.shift` }, input);
}

export const relu = (name: string, input: string) => node(name, { kind: 'relu' }, input);
export const add = (name: string, main: string, shortcut: string) => node(name, { kind: 'add' }, main, shortcut);

/** A plan's steps in short, such as 'conv: conv1 bn1 relu'. */
export function stepsOf(plan: Plan): readonly string[] {
  return plan.steps.map(({ op, nodes, epilogue }) => {
    const kind = epilogue && !('weight' in op) ? 'pointwise' : op.kind;
    return `${kind}: ${nodes.join(' ')}`;
  });
}

/** A ResNet stage of two basic blocks: the first with a downsampling shortcut, the second with none. */
export const basicBlocks: Graph = {
  family: 'two basic blocks',
  input: { channels: 4, height: 8, width: 8 },
  nodes: [
    conv('0.conv1', 6, 'input', 3, 2),
    affine('0.bn1', '0.conv1'),
    relu('0.relu', '0.bn1'),
    conv('0.conv2', 6, '0.relu'),
    affine('0.bn2', '0.conv2'),
    conv('0.downsample.0', 6, 'input', 1, 2),
    affine('0.downsample.1', '0.downsample.0'),
    add('0.add', '0.bn2', '0.downsample.1'),
    relu('0.relu_1', '0.add'),
    conv('1.conv1', 6, '0.relu_1'),
    affine('1.bn1', '1.conv1'),
    relu('1.relu', '1.bn1'),
    conv('1.conv2', 6, '1.relu'),
    affine('1.bn2', '1.conv2'),
    add('1.add', '1.bn2', '0.relu_1'),
    relu('1.relu_1', '1.add'),
    node('avgpool', { kind: 'global-avgpool' }, '1.relu_1'),
  ],
};
