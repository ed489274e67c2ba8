import { writeSafetensors } from '../../src/checkpoints/safetensors-writer.js';
import { Encoder } from '../../src/encoder/encoder.js';
import { allocateWorkspace } from '../../src/encoder/workspace.js';
import type { Gpu } from '../../src/gpu/gpu.js';
import { bytesPerView } from '../../src/graph/plan.js';
import { analyze, type Host, loadEncoder } from '../../src/library.js';
import { graphOf, inputOf, type Job, resnet9, TABLE_1 } from './jobs.js';
import { channelsLast } from './layouts.js';
import type { Runner } from './program.js';

export function openMemgpu(gpu: Gpu, job: Job): Promise<Runner> {
  return job.network === 'resnet9-pair' ? openAnalysis(gpu, job) : openForward(gpu, job);
}

/** memgpu's forward pass: the plan of the one node that is wanted. */
async function openForward(gpu: Gpu, job: Job): Promise<Runner> {
  const { graph, parameters, output } = await graphOf(job.network);
  const encoder = await Encoder.load(gpu, { graph, parameters });
  const plan = encoder.plan({ taps: [output] });
  const [views = 1] = job.input;
  const workspace = await allocateWorkspace(gpu, plan, views);
  workspace.setCount(views);
  const forward = await encoder.bind(plan, workspace);
  const recording = gpu.record();
  forward.record(recording, views);
  const [tap] = forward.taps;
  const { shape, storage, buffer } = tap!;
  const wanted = { buffer, offset: 0, bytes: views * bytesPerView(shape, storage) };
  const input = channelsLast(inputOf(job), job.input, 4 * Math.ceil(graph.input.channels / 4));
  return {
    channelsLast: true,
    adapter: adapterOf(gpu),
    async run() {
      gpu.write(workspace.slots[0]!, input);
      const [bytes] = await gpu.run(recording, [wanted]);
      return new Float32Array(bytes!);
    },
  };
}

/** Both encoders over given views, the layers of Table 1 in one pass: LayerMem, UnitMem, intervals. */
async function openAnalysis(gpu: Gpu, job: Job): Promise<Runner> {
  const load = (which: 'f' | 'g') => {
    const tensors = [...resnet9(which).tensors].map(([name, { shape, data }]) => ({
      name,
      dtype: 'F32' as const,
      shape,
      data,
    }));
    return loadEncoder(host, gpu, writeSafetensors(tensors), { name: which });
  };
  const [encoder, reference] = [await load('f'), await load('g')];
  const [images = 0, views = 0, , size = 0] = job.input;
  const input = inputOf(job);
  const each = input.length / images;
  const givenViews = {
    name: 'views',
    images,
    views,
    size,
    read: async (i: number) => input.subarray(i * each, (i + 1) * each),
  };
  return {
    adapter: adapterOf(gpu),
    async run() {
      const { scores } = await analyze(host, { encoder, reference, givenViews, layers: [...TABLE_1], pictures: false });
      const layers = scores[0]!.layers;
      return Float32Array.from([
        ...layers.flatMap(({ alignmentF }) => [...alignmentF]),
        ...layers.flatMap(({ alignmentG }) => [...alignmentG!]),
      ]);
    },
  };
}

/** Views are given: there is nothing to decode. */
const host: Host = {
  decode() {
    throw new Error('the benchmark decodes no pictures');
  },
};

function adapterOf({ facts: { name, driver } }: Gpu): string {
  return driver === '' || name.includes(driver) ? name : `${name}, ${driver}`;
}
