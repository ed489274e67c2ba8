import { describe, expect, test } from 'vitest';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import { inferShapes, reportShape } from '../../src/graph/shapes.js';
import { loadModel } from '../../src/models/load.js';
import { readGolden } from '../read-golden.js';
import { nchwToNhwc, nhwcToNchw, runGraphF64 } from '../reference/forward.js';
import { readSafetensors } from '../reference/safetensors.js';

describe.each([
  ['resnet18', 'ResNet-18', 64],
  ['resnet18-cifar', 'ResNet-18', 32],
  ['resnet50-narrow', 'ResNet [1, 2, 2, 1]', 64],
] as const)('%s', (name, family, size) => {
  test('every node agrees with the golden activations to 1e-6 of its largest value', async () => {
    const file = await readGolden(`${name}/f.safetensors`);
    const { graph, parameters, facts } = await loadModel(await openSafetensors(bufferSource(file, name)), { size });
    expect(facts).toMatchObject({ family, map: 'torchvision', ignored: [] });
    const views = readSafetensors(await readGolden(`${name}/views.safetensors`)).get('views')!;
    const input = nchwToNhwc(views.data.subarray(0, 3 * size * size), 1, graph.input);
    const values = runGraphF64(graph, parameters, input, 1);
    const expected = readSafetensors(await readGolden(`${name}/activations.safetensors`));
    const shapes = inferShapes(graph);

    const { nodes } = JSON.parse(new TextDecoder().decode(await readGolden(`${name}/golden.json`)));
    expect([...values.keys()]).toEqual(nodes);
    expect(expected.size).toBe(nodes.length);
    for (const [node, { shape, data }] of expected) {
      expect(shape, node).toEqual([1, ...reportShape(shapes.get(node)!)]);
      const found = nhwcToNchw(values.get(node)!, 1, shapes.get(node)!);
      let largest = 0;
      let error = 0;
      data.forEach((value, i) => {
        largest = Math.max(largest, Math.abs(value));
        error = Math.max(error, Math.abs(value - found[i]!));
      });
      expect(error / largest, node).toBeLessThan(1e-6);
    }
  });
});
