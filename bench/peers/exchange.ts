import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '../../src/checkpoints/safetensors-writer.js';
import type { SeededWeights } from '../../test/reference/seeded-weights.js';
import { inputOf, type Job, resnet9, weightsOf } from './jobs.js';

/** Writes a job's weights and input where a program in another language reads them: `NETWORK` and `input-JOB`. */
export function writeExchange(job: Job, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, weights: Pick<SeededWeights, 'tensors'>) => {
    const tensors = [...weights.tensors].map(([tensor, { shape, data }]) => ({
      name: tensor,
      dtype: 'F32' as const,
      shape,
      data,
    }));
    writeFileSync(join(folder, `${name}.safetensors`), writeSafetensors(tensors));
  };
  if (job.network === 'resnet9-pair')
    for (const encoder of ['f', 'g'] as const) write(`resnet9-${encoder}`, resnet9(encoder));
  else write(job.network, weightsOf(job.network));
  write(`input-${job.name}`, { tensors: new Map([['x', { shape: job.input, data: inputOf(job) }]]) });
}
