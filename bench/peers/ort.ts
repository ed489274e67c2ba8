import { inputOf, type Job } from './jobs.js';
import { onnxModel } from './onnx-models.js';
import type { Runner } from './program.js';

/** What of onnxruntime's packages is used: the same in browsers and in Node. */
export interface Ort {
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<OrtSession>;
  };
}

interface OrtTensor {
  getData(): Promise<Float32Array>;
  dispose(): void;
}

interface OrtSession {
  run(inputs: Readonly<Record<string, OrtTensor>>): Promise<{ readonly y: OrtTensor }>;
}

export async function openOrt(ort: Ort, job: Job, options: Readonly<Record<string, unknown>>): Promise<Runner> {
  const session = await ort.InferenceSession.create(onnxModel(job), { graphOptimizationLevel: 'all', ...options });
  const input = inputOf(job);
  return {
    async run() {
      const { y } = await session.run({ x: new ort.Tensor('float32', input, job.input) });
      const output = await y.getData();
      y.dispose();
      return output;
    },
  };
}
