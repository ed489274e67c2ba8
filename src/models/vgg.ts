import { MemgpuError } from '../errors.js';
import type { GraphNode, Op } from '../graph/graph.js';
import { batchNorm } from './batch-norm.js';
import type { BuildInput, Family, TensorShapes } from './family.js';
import { PHOTOGRAPHS, SMALL_IMAGES } from './preprocessing.js';
import { CLASSIFIER, FIRST_LINEAR, layersOf, VGG_MAPS, type VggLayer } from './vgg-names.js';

/** Side of the map that torchvision's classifier reads. */
const TORCHVISION_SIDE = 7;

/**
 * VGGs with batch normalisation (Simonyan and Zisserman 2015): 3×3 convolutions with bias, a 2×2 max pool behind each block. Depth and blocks are
 * told by names, widths by shapes. The encoder ends in the mean of the last map; of classifiers only a plain one that
 * reads one position is computed.
 */
export const vgg: Family = {
  name: 'VGG',
  maps: VGG_MAPS,
  eps: 1e-5,
  preprocessing: PHOTOGRAPHS,
  preprocessingOf: (shapes, habits) => ({ ...(isSmall(shapes) ? SMALL_IMAGES : PHOTOGRAPHS), ...habits.preprocessing }),
  build(input) {
    const { shapes, size, eps } = input;
    const layers = layersOf((tensor) => shapes.of(tensor) !== undefined);
    const nodes = vggNodes(layers, input);
    const relus = layers.map(({ relu }) => relu);
    return {
      graph: { family: titleOf(layers), input: { channels: 3, height: size, width: size }, nodes },
      recipes: layers.map(({ conv, norm }) => batchNorm(norm, widthOf(conv, shapes), eps)),
      defaultTaps: [...relus, 'pooled'],
      headline: relus,
    };
  },
};

/** A classifier that reads a single position is for images of 32 × 32, which five pools halve to one. */
function isSmall(shapes: TensorShapes): boolean {
  if (shapes.of(CLASSIFIER.weight)) return true;
  const { conv } = layersOf((tensor) => shapes.of(tensor) !== undefined).at(-1)!;
  return shapes.of(FIRST_LINEAR)?.[1] === widthOf(conv, shapes);
}

function widthOf(conv: string, shapes: TensorShapes): number {
  return shapes.outputs(`${conv}.weight`, 4);
}

function vggNodes(layers: readonly VggLayer[], { shapes, size }: BuildInput): readonly GraphNode[] {
  const pools = layers.filter(({ pool }) => pool !== undefined).length;
  const side = Math.floor(size / 2 ** pools);
  if (side < 1)
    throw new MemgpuError('BAD_OPTION', `${shapes.file}: this VGG cannot take images of ${size} × ${size} pixels`, {
      hint: `Its pools halve the map ${pools} times: choose a size of ${2 ** pools} or more.`,
    });

  const nodes: GraphNode[] = [];
  const push = (name: string, op: Op, label: string, ...aliases: string[]) => {
    const inputs = [nodes.at(-1)?.name ?? 'input'];
    nodes.push({ name, op, inputs, label, ...(aliases.length > 0 && { aliases }) });
  };
  for (const { block, place, conv, norm, relu, pool } of layers) {
    const row = `conv${block}-${place}`;
    const [weight, bias, out] = [`${conv}.weight`, `${conv}.bias`, widthOf(conv, shapes)];
    push(conv, { kind: 'conv', weight, bias, out, kernel: 3, stride: 1, padding: 1 }, row);
    push(norm, { kind: 'affine', scale: `${norm}.scale`, shift: `${norm}.shift` }, `${row} after BatchNorm`);
    push(relu, { kind: 'relu' }, `${row} after ReLU`);
    // torchvision's pool to 7 × 7 leaves a map of that size as it is.
    const whole = block === pools && side === TORCHVISION_SIDE ? ['avgpool'] : [];
    if (pool) push(pool, { kind: 'maxpool', kernel: 2, stride: 2, padding: 0 }, `max pool ${block}`, ...whole);
  }
  push('pooled', { kind: 'global-avgpool' }, 'mean of the last map');

  const width = widthOf(layers.at(-1)!.conv, shapes);
  const [classes, inputs, ...more] = shapes.of(CLASSIFIER.weight) ?? [];
  // It reads the flattened map: of one position here, of more than it is made for at other sizes.
  if (classes && inputs === width && more.length === 0 && shapes.of(CLASSIFIER.bias) && side === 1)
    push('fc', { kind: 'linear', ...CLASSIFIER, out: classes }, 'classifier', 'classifier');
  return nodes;
}

/** Layers of the published ones, their three linear ones counted, by the convolutions of each block. */
const DEPTHS = new Map([
  ['1,1,2,2,2', 11],
  ['2,2,2,2,2', 13],
  ['2,2,3,3,3', 16],
  ['2,2,4,4,4', 19],
]);

function titleOf(layers: readonly VggLayer[]): string {
  const counts = layers.filter(({ pool }) => pool !== undefined).map(({ place }) => place);
  const depth = DEPTHS.get(counts.join(','));
  return depth === undefined ? `VGG [${counts.join(', ')}]` : `VGG-${depth}`;
}
