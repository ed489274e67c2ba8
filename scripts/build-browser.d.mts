import type { BuildOptions } from 'esbuild';

export const browserBuild: BuildOptions;
