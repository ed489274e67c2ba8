import type { Family } from './family.js';
import { resnet } from './resnet.js';
import { resnet9 } from './resnet9.js';
import { vgg } from './vgg.js';
import { vit } from './vit.js';

/** Every architecture that memgpu knows. */
export const FAMILIES: readonly Family[] = [resnet9, resnet, vgg, vit];
