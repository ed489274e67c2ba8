import { NORM_PARTS } from './batch-norm.js';
import type { NameMap } from './family.js';

/** Convolution, batch normalisation, ReLU and, behind the last of a block, 2×2 max pooling: modules in a row. */
export interface VggLayer {
  /** Counted from 1, as its place within the block is. */
  readonly block: number;
  readonly place: number;
  readonly conv: string;
  readonly norm: string;
  readonly relu: string;
  readonly pool?: string;
}

/** Of pytorch-cifar's VGG, a plain one. */
export const CLASSIFIER = { weight: 'classifier.weight', bias: 'classifier.bias' };
/** The first of torchvision's three linear layers, which reads the whole map. */
export const FIRST_LINEAR = 'classifier.0.weight';

/** What the numbers of the modules tell: where one is left out between ReLU and convolution, it pools; so does the last. */
export function layersOf(has: (tensor: string) => boolean): readonly VggLayer[] {
  const layers: VggLayer[] = [];
  const name = (index: number) => `features.${index}`;
  const isConv = (index: number) => has(`${name(index)}.weight`) && !has(`${name(index)}.running_mean`);
  let [at, block, place] = [0, 1, 1];
  for (;;) {
    const next = [at + 3, at + 4].find(isConv);
    const pools = next !== at + 3;
    layers.push({
      ...{ block, place, conv: name(at), norm: name(at + 1), relu: name(at + 2) },
      ...(pools && { pool: name(at + 3) }),
    });
    if (next === undefined) return layers;
    [at, block, place] = pools ? [next, block + 1, 1] : [next, block, place + 1];
  }
}

/** torchvision's names, which timm has but for the classifier. */
function vggMap(name: string, rest: Pick<NameMap, 'habits'> & { readonly signature?: readonly string[] }): NameMap {
  const { signature = [], habits = {} } = rest;
  const linear = [0, 3, 6].flatMap((index) => ['weight', 'bias'].map((part) => `classifier.${index}.${part}`));
  return {
    name,
    signature: ['features.0.weight', 'features.0.bias', 'features.1.running_mean', ...signature],
    tensors(has) {
      const names = layersOf(has).flatMap(({ conv, norm }) => [
        `${conv}.weight`,
        `${conv}.bias`,
        ...NORM_PARTS.map((part) => `${norm}.${part}`),
      ]);
      return new Map(names.map((tensor) => [tensor, tensor]));
    },
    optional: new Map([...linear, ...Object.values(CLASSIFIER)].map((tensor) => [tensor, tensor])),
    // timm's classifier begins with convolutions.
    unused: /^pre_logits\./,
    habits,
  };
}

export const VGG_MAPS: readonly NameMap[] = [
  vggMap('pytorch-cifar', {
    signature: [CLASSIFIER.weight],
    habits: { preprocessing: { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] } },
  }),
  vggMap('torchvision', {}),
];
