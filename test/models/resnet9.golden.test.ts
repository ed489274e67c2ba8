import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import { describeGraph } from '../../src/graph/facts.js';
import { inferShapes, reportShape } from '../../src/graph/shapes.js';
import { loadModel } from '../../src/models/load.js';
import { nchwToNhwc, nhwcToNchw, runGraphF64 } from '../reference/forward.js';
import { readSafetensors } from '../reference/safetensors.js';

const golden = (file: string) => readFileSync(new URL(`../golden/resnet9/${file}`, import.meta.url));
const load = async (file: string) => loadModel(await openSafetensors(bufferSource(golden(file), file)));

describe('the trained ResNet-9', () => {
  test('every node agrees with the golden activations to 1e-6 of its largest value', async () => {
    const { graph, parameters } = await load('f.safetensors');
    const views = readSafetensors(golden('views.safetensors')).get('views')!;
    const input = nchwToNhwc(views.data.subarray(0, 3 * 32 * 32), 1, graph.input);
    const values = runGraphF64(graph, parameters, input, 1);
    const expected = readSafetensors(golden('activations.safetensors'));
    const shapes = inferShapes(graph);

    expect([...values.keys()]).toEqual(JSON.parse(golden('golden.json').toString()).nodes);
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

  test('it has the 1,644,672 parameters, 1,120 units and 24.48 M multiply-adds of the paper', async () => {
    const { graph, facts } = await load('g.safetensors');
    const { totals } = describeGraph(graph);
    expect(totals).toEqual({ parameters: 1_644_672, units: 1_120, multiplyAdds: 24_477_696 });
    expect(facts).toEqual({ family: 'ResNet-9', map: 'authors', parameters: 1_644_672, eps: 1e-5, ignored: [] });
  });
});
