/** How the package's browser entry is built: minified, with source maps, in parts that are fetched when they are needed. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
// biome-ignore lint/correctness/useImportExtensions: this is the file's name; there is no .mts beside it to run
import { strippedWgsl } from './wgsl.mjs';

/** esbuild's options. All parts lie in one folder: the decoders are found beside whichever asks for them. */
export const browserBuild = {
  absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  platform: 'browser',
  sourcemap: true,
  legalComments: 'none',
  plugins: [strippedWgsl],
  chunkNames: 'part-[name]-[hash]',
  outdir: 'dist',
  logLevel: 'warning',
};

const require = createRequire(import.meta.url);

/** Paths of the decoders of pictures, which lie beside what is built. */
export const DECODERS = [
  '@jsquash/png/codec/pkg/squoosh_png_bg.wasm',
  '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
  '@jsquash/webp/codec/dec/webp_dec.wasm',
].map((path) => require.resolve(path));
