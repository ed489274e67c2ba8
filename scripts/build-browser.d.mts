import type { BuildOptions } from 'esbuild';

export const browserBuild: BuildOptions;
export const DECODERS: readonly string[];
