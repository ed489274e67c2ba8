import { readFileSync } from 'node:fs';

/** An esbuild plugin: shaders as text without comments, blank lines and indentation, for what browsers fetch. */
export const strippedWgsl = {
  name: 'stripped-wgsl',
  setup(build) {
    build.onLoad({ filter: /\.wgsl$/ }, ({ path }) => ({
      contents: stripWgsl(readFileSync(path, 'utf8')),
      loader: 'text',
    }));
  },
};

/** @param {string} source in which comments begin with // and end with their line */
export function stripWgsl(source) {
  return source
    .split('\n')
    .map((line) => line.replace(/\/\/.*$/, '').trim())
    .filter((line) => line !== '')
    .join('\n');
}
