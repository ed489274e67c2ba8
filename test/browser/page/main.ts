import { analyze, loadEncoder, openGpu, openImages, scoreTensors, writeSafetensors } from '../../../src/index.js';

/** Analyses the demo with its files from `weights/`, and leaves what a test asks for on the window. */
async function run(): Promise<void> {
  const file = async (name: string) => new File([await (await fetch(`weights/${name}`)).arrayBuffer()], name);
  const gpu = await openGpu();
  const encoder = await loadEncoder(gpu, 'weights/f.safetensors');
  const reference = await loadEncoder(gpu, 'weights/g.safetensors');
  const progress = document.querySelector('#progress') as HTMLElement;
  const { report, scores } = await analyze({
    encoder,
    reference,
    sets: {
      candidates: await openImages([await file('candidates.bin')]),
      external: await openImages([await file('external.bin')]),
    },
    onProgress: ({ done, total }) => {
      progress.textContent = `${done} of ${total} images`;
    },
  });
  (document.querySelector('#result') as HTMLElement).textContent = report.layers
    .map(({ node, contrasts }) => `${node} ${contrasts[0]?.difference.toFixed(4)}`)
    .join('\n');
  await gpu.dispose();
  Object.assign(window, { outcome: { report, scores: [...writeSafetensors(scoreTensors(scores))] } });
}

run().catch((error: unknown) => Object.assign(window, { outcome: { error: String(error) } }));
