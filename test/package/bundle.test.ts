import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
// biome-ignore lint/correctness/useImportExtensions: a script beside its declaration
import { browserBuild } from '../../scripts/build-browser.mjs';
// biome-ignore lint/correctness/useImportExtensions: as above
import { bundleSize } from '../../scripts/bundle-size.mjs';
// biome-ignore lint/correctness/useImportExtensions: as above
import { stripWgsl } from '../../scripts/wgsl.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

async function bundle(contents: string) {
  const { outputFiles, metafile } = await build({
    ...browserBuild,
    sourcemap: false,
    write: false,
    metafile: true,
    stdin: { contents, resolveDir: ROOT, sourcefile: 'user.ts', loader: 'ts' },
  });
  const entry = Object.keys(metafile.outputs).findIndex((path) => metafile.outputs[path]!.entryPoint === 'user.ts');
  return {
    texts: outputFiles.map(({ text }) => text),
    inputs: Object.keys(metafile.inputs),
    entry: outputFiles[entry]!.text,
  };
}

describe('the browser entry', () => {
  test('reaches no module of Node, and evaluates no text', async () => {
    const { texts, inputs } = await bundle("export * from './src/index.ts';");
    expect(inputs.filter((input) => /node-|^node:|src\/cli/.test(input))).toEqual([]);
    for (const text of texts) {
      expect(text).not.toMatch(/["']node:/);
      expect(text).not.toMatch(/\beval\(|new Function\b/);
    }
  });

  test('loses what is not used: options alone bring no kernel', async () => {
    const { entry } = await bundle("import { resolveOptions } from './src/index.ts'; console.log(resolveOptions({}));");
    expect(entry).not.toContain('@compute');
    expect(entry.length).toBeLessThan(30_000);
  });

  test('fetches no reader of PyTorch files, no address, no decoder and no self-check before they are needed', async () => {
    const { parts, first, runs } = await bundleSize();
    const late = ['src/checkpoints/pytorch-file.ts', 'src/checkpoints/url-source.ts', 'src/images/decode.ts'];
    for (const part of [...late, 'src/self-check/self-check.ts']) expect(parts[part], part).toBeGreaterThan(500);
    expect(Math.max(...Object.values(runs))).toBeGreaterThan(first);
  });

  test('keeps engine, kernels and analysis within 60 KiB, gzipped', async () => {
    expect((await bundleSize()).counted).toBeLessThan(60 * 1024);
  });
});

test('a shader without its comments is the same shader', () => {
  const source = `// A header.
#if BIAS
const LIMIT = 4u; // the most
#end
  fn f() -> u32 {

    return LIMIT;
  }
`;
  expect(stripWgsl(source)).toBe('#if BIAS\nconst LIMIT = 4u;\n#end\nfn f() -> u32 {\nreturn LIMIT;\n}');
});
