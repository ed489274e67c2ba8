import type { Family } from './family.js';

/** An architecture that memgpu knows, loaded where a file may hold it. */
export interface KnownFamily {
  readonly name: string;
  /** A file that holds one has, under some prefix, a tensor of one of these names: the first of each naming's signature. */
  readonly anchors: readonly string[];
  load(): Promise<Family>;
}

/** Every architecture that memgpu knows. */
export const FAMILIES: readonly KnownFamily[] = [
  { name: 'ResNet-9', anchors: ['prep.conv.weight'], load: async () => (await import('./resnet9.js')).resnet9 },
  {
    name: 'ResNet',
    anchors: ['conv1.weight', 'embedder.embedder.convolution.weight', '0.weight'],
    load: async () => (await import('./resnet.js')).resnet,
  },
  { name: 'VGG', anchors: ['features.0.weight'], load: async () => (await import('./vgg.js')).vgg },
  {
    name: 'ViT',
    anchors: ['patch_embed.proj.weight', 'patch_embeddings.projection.weight', 'conv_proj.weight', 'patchify.weight'],
    load: async () => (await import('./vit.js')).vit,
  },
];

/** The families that a file with these tensor names may hold. */
export function loadPossible(names: Iterable<string>): Promise<readonly Family[]> {
  const all = [...names];
  const possible = FAMILIES.filter(({ anchors }) =>
    anchors.some((anchor) => all.some((name) => name.endsWith(anchor))),
  );
  return Promise.all(possible.map(({ load }) => load()));
}

export function loadAll(): Promise<readonly Family[]> {
  return Promise.all(FAMILIES.map(({ load }) => load()));
}
