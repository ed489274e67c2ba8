import type { Family } from './family.js';
import { resnet9 } from './resnet9.js';

/** Every architecture that memgpu knows. */
export const FAMILIES: readonly Family[] = [resnet9];
