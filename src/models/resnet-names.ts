import type { Habits, NameMap } from './family.js';
import { IMAGENET } from './preprocessing.js';
import { CLASSIFIER, encoderTensors, layoutOf } from './resnet-layout.js';

/** How a project names a ResNet, told by how it differs from torchvision. */
interface Naming extends Pick<NameMap, 'name' | 'marks' | 'under' | 'lookalike'> {
  /** A tensor's name in the file, from torchvision's. */
  readonly spell?: (tensor: string) => string;
  /** What the file calls the module `fc`, where it is a classifier and no projector. */
  readonly classifier?: string;
  /** Further names that tell it from others. */
  readonly signature?: readonly string[];
  readonly training?: string;
  readonly preprocessing?: Habits['preprocessing'];
  readonly stemPadding?: number;
}

/** Images as they are, from 0 to 1. */
const NONE = { mean: [0, 0, 0], std: [1, 1, 1] } as const;

const shortcuts = (tensor: string) => tensor.replace('.downsample.', '.shortcut.');

/**
 * Facts of each naming: field §4.3. Those of a framework stand before the plain one, and of two that fit, the one that says
 * more.
 */
const NAMINGS: readonly Naming[] = [
  {
    name: 'pytorch-cifar',
    spell: shortcuts,
    classifier: 'linear',
    marks: [/\.shortcut\.0\.weight$/],
    preprocessing: { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] },
  },
  {
    name: 'pytorch_resnet_cifar10',
    classifier: 'linear',
    signature: ['linear.weight'],
    training: 'supervision',
    preprocessing: { size: 32, ...IMAGENET },
  },
  { name: 'MoCo', under: /(^|\.)encoder_q\.$/, training: 'MoCo' },
  { name: 'MoCo v3', under: /(^|\.)base_encoder\.$/, training: 'MoCo v3' },
  {
    name: 'SimSiam',
    under: /(^|\.)encoder\.$/,
    marks: [/(^|\.)encoder\.fc\.0\.weight$/, /(^|\.)predictor\.0\.weight$/],
    training: 'SimSiam',
  },
  { name: 'BYOL', under: /(^|\.)online_encoder\.net\.$/, training: 'BYOL' },
  {
    name: 'SwAV',
    marks: [/(^|\.)projection_head\.0\.weight$/, /(^|\.)prototypes\.weight$/],
    training: 'SwAV',
  },
  {
    name: 'Barlow Twins',
    under: /(^|\.)backbone\.$/,
    marks: [/(^|\.)projector\.0\.weight$/, /^(module\.)?bn\.running_mean$/],
    training: 'Barlow Twins',
  },
  { name: 'DINO', marks: [/(^|\.)head\.last_layer\./], training: 'DINO', preprocessing: { interpolation: 'bicubic' } },
  {
    name: 'solo-learn',
    under: /(^|\.)(backbone|encoder)\.$/,
    // A linear classifier is trained beside each of its methods.
    marks: [/^(module\.)?classifier\.weight$/, /^(module\.)?(projector|head|momentum_\w+)\./],
    stemPadding: 2,
  },
  {
    name: 'SimCLR (Spijkervet)',
    under: /(^|\.)encoder\.$/,
    marks: [/(^|\.)projector\.0\.weight$/, /(^|\.)projector\.2\.weight$/],
    training: 'SimCLR',
    preprocessing: NONE,
  },
  {
    name: 'SimCLR (sthalles)',
    under: /(^|\.)backbone\.$/,
    marks: [/(^|\.)backbone\.fc\.0\.weight$/, /(^|\.)backbone\.fc\.2\.weight$/],
    training: 'SimCLR',
    preprocessing: NONE,
  },
  { name: 'torchvision', classifier: 'fc' },
  {
    name: 'Hugging Face',
    spell: (tensor) => `resnet.${huggingFace(tensor)}`,
    classifier: 'classifier.1',
    preprocessing: { interpolation: 'bicubic' },
  },
  { name: 'Hugging Face', spell: huggingFace, preprocessing: { interpolation: 'bicubic' } },
  // Children 2 and, where there is one, 3 are the stem's ReLU and its pooling.
  {
    name: 'children without pooling',
    spell: (tensor) => children(tensor, 2),
    lookalike: {
      names: /^2\.0\.conv1\.weight$/,
      hint:
        "It is laid out as lightly's own ResNet for CIFAR: a Sequential whose first normalisation is followed by no ReLU. " +
        'memgpu does not compute it; without some of its tensors it would be another network still.',
    },
  },
  { name: 'children', spell: (tensor) => children(tensor, 3) },
];

export const RESNET_MAPS: readonly NameMap[] = NAMINGS.map(toMap);

function toMap(naming: Naming): NameMap {
  const { name, marks, under, lookalike, classifier, signature = [], training, preprocessing, stemPadding } = naming;
  const { spell = (tensor: string) => tensor } = naming;
  return {
    name,
    signature: [...['conv1.weight', 'bn1.weight', 'layer1.0.conv1.weight'].map(spell), ...signature],
    ...(marks && { marks }),
    ...(under && { under }),
    ...(lookalike && { lookalike }),
    tensors(has) {
      const layout = layoutOf((tensor) => has(spell(tensor)));
      return new Map(encoderTensors(layout).map((tensor) => [spell(tensor), tensor]));
    },
    optional: new Map(
      classifier === undefined
        ? []
        : Object.values(CLASSIFIER).map((tensor) => [tensor.replace('fc', classifier), tensor]),
    ),
    habits: {
      ...(training !== undefined && { training }),
      ...(preprocessing && { preprocessing }),
      ...(stemPadding !== undefined && { stemPadding }),
    },
  };
}

/** transformers' ResNetModel. */
function huggingFace(tensor: string): string {
  const [, stage, block, part] = /^layer(\d+)\.(\d+)\.(.+)$/.exec(tensor) ?? [];
  const rules: readonly [RegExp, string][] = [
    [/^conv1\./, 'embedder.embedder.convolution.'],
    [/^bn1\./, 'embedder.embedder.normalization.'],
  ];
  if (part === undefined) return rules.reduce((name, [pattern, to]) => name.replace(pattern, to), tensor);
  const inBlock = part
    .replace('downsample.0.', 'shortcut.convolution.')
    .replace('downsample.1.', 'shortcut.normalization.')
    .replace(/^conv(\d)\./, (_, k) => `layer.${Number(k) - 1}.convolution.`)
    .replace(/^bn(\d)\./, (_, k) => `layer.${Number(k) - 1}.normalization.`);
  return `encoder.stages.${Number(stage) - 1}.layers.${block}.${inBlock}`;
}

/** A Sequential of torchvision's modules in their order: lightly's backbones, for instance. */
function children(tensor: string, beforeStages: number): string {
  return tensor
    .replace(/^conv1\./, '0.')
    .replace(/^bn1\./, '1.')
    .replace(/^layer(\d+)\./, (_, stage) => `${Number(stage) + beforeStages}.`);
}
