// The library in Node: where did this encoder memorize these images?
// node examples/analyze.mjs F.safetensors G.safetensors CANDIDATES EXTERNAL   (a dataset: folder, CIFAR binary, safetensors)
import { analyze, loadEncoder, openGpu, openImages } from 'memgpu';

const [f, g, candidates, external] = process.argv.slice(2);
const gpu = await openGpu();
const sets = { candidates: await openImages(candidates), external: await openImages(external) };
const result = await analyze({
  encoder: await loadEncoder(gpu, f),
  reference: await loadEncoder(gpu, g),
  sets,
  views: 4,
  pictures: false,
  onProgress: ({ done, total }) => process.stderr.write(`${done}/${total}\n`),
});
for (const { node, contrasts } of result.layers) {
  const [contrast] = contrasts;
  if (contrast)
    console.log(
      node,
      contrast.difference.toFixed(4),
      contrast.interval.map((end) => end.toFixed(4)),
    );
}
for (const dataset of Object.values(sets)) await dataset.close?.();
await gpu.dispose();
