/**
 * What a page fetches that analyses an encoder: prints the weight of each room and of each part, gzipped, and fails where
 * engine, kernels and analysis take more than the limit. What reads files (names of tensors, containers, pictures) is
 * counted beside them.
 */
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
// biome-ignore lint/correctness/useImportExtensions: this is the file's name; there is no .mts beside it to run
import { browserBuild } from './build-browser.mjs';

const LIMIT = 60 * 1024;
/** Engine, kernels and analysis, with what they stand on; the other rooms read files. */
const COUNTED = [
  'shaders',
  'src/gpu',
  'src/kernels',
  'src/graph',
  'src/encoder',
  'src/analysis',
  'src/metrics',
  'src',
  'node_modules/valibot',
];
/** A program of its own, as a developer would write it. */
const EMBED = "export { analyze, loadEncoder, openGpu, openImages } from './src/index.ts';";
/** The parts that runs fetch beyond the first load, by a module that each holds. */
const RUNS = {
  'a ResNet': ['src/models/resnet.ts'],
  'a ViT': ['src/models/vit.ts', 'src/encoder/operations/transformer.ts'],
};
const DECODERS = /^(node_modules\/@jsquash\/|src\/images\/(decode|codec|.*-codec|.*-checks|exif|picture-header)\.ts)/;

/** @returns bytes, gzipped: of engine, kernels and analysis, of the first load, of every later part by its first module, of runs, and of rooms */
export async function bundleSize() {
  const { outputFiles, metafile } = await build({
    ...browserBuild,
    sourcemap: false,
    write: false,
    metafile: true,
    stdin: { contents: EMBED, resolveDir: browserBuild.absWorkingDir, sourcefile: 'embed.ts', loader: 'ts' },
  });
  const gzipped = new Map(
    outputFiles.map(({ path, contents }) => [
      path.slice(browserBuild.absWorkingDir.length),
      gzipSync(contents, { level: 9 }).length,
    ]),
  );
  const { outputs } = metafile;
  const entry = Object.keys(outputs).find((path) => outputs[path].entryPoint?.endsWith('embed.ts'));
  const withShared = (path, seen = new Set()) => {
    if (seen.has(path)) return seen;
    seen.add(path);
    for (const { path: other, kind } of outputs[path].imports) if (kind === 'import-statement') withShared(other, seen);
    return seen;
  };
  const weigh = (paths) => [...paths].reduce((sum, path) => sum + gzipped.get(path), 0);
  const holding = (module) => Object.keys(outputs).find((path) => module in outputs[path].inputs);

  const first = withShared(entry);
  const runs = Object.entries(RUNS).map(([name, modules]) => {
    const paths = new Set(first);
    for (const module of modules) withShared(holding(module), paths);
    return [name, weigh(paths)];
  });
  const parts = Object.keys(outputs).filter((path) => !first.has(path) && Object.keys(outputs[path].inputs).length > 0);
  const rooms = new Map();
  const fetched = new Set(first);
  for (const module of Object.values(RUNS).flat()) withShared(holding(module), fetched);
  for (const path of fetched) {
    if (Object.keys(outputs[path].inputs).length === 0) continue;
    const raw = Object.values(outputs[path].inputs).reduce((sum, { bytesInOutput }) => sum + bytesInOutput, 0);
    for (const [module, { bytesInOutput }] of Object.entries(outputs[path].inputs)) {
      const room = DECODERS.test(module)
        ? 'decoders'
        : (/^(src\/\w+|shaders|node_modules\/[\w-]+)\//.exec(module)?.[1] ?? 'src');
      const { bytes = 0, share = 0 } = rooms.get(room) ?? {};
      rooms.set(room, { bytes: bytes + bytesInOutput, share: share + (gzipped.get(path) * bytesInOutput) / raw });
    }
  }
  const counted = COUNTED.reduce((sum, room) => sum + (rooms.get(room)?.share ?? 0), 0);
  return {
    counted,
    first: weigh(first),
    runs: Object.fromEntries(runs),
    parts: Object.fromEntries(parts.map((path) => [Object.keys(outputs[path].inputs).at(-1), gzipped.get(path)])),
    rooms: Object.fromEntries(rooms),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { counted, first, runs, parts, rooms } = await bundleSize();
  const kib = (bytes) => `${(bytes / 1024).toFixed(1).padStart(7)} KiB`;
  console.log('Gzipped, of a page that imports analyze, loadEncoder, openGpu and openImages:');
  console.log(`${kib(first)}  first load`);
  for (const [run, bytes] of Object.entries(runs))
    console.log(`${kib(bytes)}  first load and what ${run} in safetensors needs`);
  console.log(`${kib(counted)}  of these engine, kernels and analysis (${COUNTED.join(', ')})`);
  console.log('Rooms (share of the gzipped bytes; minified):');
  for (const [room, { bytes, share }] of Object.entries(rooms).sort(([, a], [, b]) => b.share - a.share))
    console.log(`${kib(share)} ${kib(bytes)}  ${room}`);
  console.log('Parts that are fetched when they are needed:');
  for (const [part, bytes] of Object.entries(parts).sort(([, a], [, b]) => b - a))
    console.log(`${kib(bytes)}  ${part}`);
  if (counted > LIMIT) {
    console.error(`Engine, kernels and analysis take ${kib(counted).trim()}; the limit is ${LIMIT / 1024} KiB.`);
    process.exitCode = 1;
  }
}
