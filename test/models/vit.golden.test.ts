import { describe, expect, test } from 'vitest';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import { inferShapes, reportShape } from '../../src/graph/shapes.js';
import { loadModel } from '../../src/models/load.js';
import { readGolden } from '../read-golden.js';
import { nchwToNhwc, nhwcToNchw, runGraphF64 } from '../reference/forward.js';
import { readSafetensors } from '../reference/safetensors.js';

describe.each([
  ['vit', 4],
  ['vit-reg-layerscale', 3],
])('%s', (folder, heads) => {
  const golden = (file: string) => readGolden(`${folder}/${file}`);

  test('every node of f agrees with the golden activations to 1e-6 of its largest value', async () => {
    const file = await openSafetensors(bufferSource(await golden('f.safetensors'), 'f.safetensors'));
    const { graph, parameters } = await loadModel(file, { heads });
    const views = readSafetensors(await golden('views.safetensors')).get('views')!;
    const { channels, height, width } = graph.input;
    const input = nchwToNhwc(views.data.subarray(0, channels * height * width), 1, graph.input);
    const values = runGraphF64(graph, parameters, input, 1);
    const expected = readSafetensors(await golden('activations.safetensors'));
    const shapes = inferShapes(graph);

    const { nodes } = JSON.parse(new TextDecoder().decode(await golden('golden.json'))) as { nodes: string[] };
    expect(graph.nodes.map(({ name }) => name).filter((name) => nodes.includes(name))).toEqual(nodes);
    for (const node of nodes) {
      const { shape, data } = expected.get(node)!;
      expect(shape, node).toEqual([1, ...reportShape(shapes.get(node)!)]);
      // Tokens and attention maps lie as they are reported.
      const value = values.get(node)!;
      const { tokens, attention } = shapes.get(node)!;
      const found = tokens || attention ? value : nhwcToNchw(value, 1, shapes.get(node)!);
      let [largest, error] = [0, 0];
      data.forEach((wanted, i) => {
        largest = Math.max(largest, Math.abs(wanted));
        error = Math.max(error, Math.abs(wanted - found[i]!));
      });
      expect(error / largest, node).toBeLessThan(1e-6);
    }
  });
});
