import type { Plugin } from 'esbuild';

export const strippedWgsl: Plugin;
export function stripWgsl(source: string): string;
