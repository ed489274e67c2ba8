import { MemgpuError } from '../errors.js';
import type { AdapterFacts } from '../gpu/gpu.js';
import { bytesPerView, type Plan } from '../graph/plan.js';

/** Activations of a batch are kept below this, where one image allows it. */
const BATCH_BYTES = 512 * 2 ** 20;

/**
 * Multiply-adds of a batch are kept below this on a CPU, where one image allows it: seconds, after which a run shows where
 * it is and can be interrupted.
 */
const BATCH_WORK_ON_CPU = 2 ** 34;

/** What a batch of images costs. */
export interface BatchCosts {
  readonly plan: Plan;
  /** Rows of a batch per image: its views, after the clean image where pairs are `clean`. */
  readonly rows: number;
  /** Per view, of all encoders. */
  readonly multiplyAdds: number;
}

/**
 * Images per submission, from 1 to `most`: as many as asked for, or by costs where that is `auto`; in either case no more
 * than one buffer per tensor holds.
 *
 * @throws BAD_OPTION where the views of one image are more than a buffer holds, naming the node and the largest number
 */
export function imagesPerBatch(
  wanted: number | 'auto',
  most: number,
  costs: BatchCosts,
  { kind, limits }: Pick<AdapterFacts, 'kind' | 'limits'>,
): number {
  const { plan, rows, multiplyAdds } = costs;
  const limit = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  const fitting = Math.floor(limit / (Math.max(...plan.slots) * rows));
  if (fitting < 1) throw tooManyViews(plan, rows, limit);
  if (wanted !== 'auto') return Math.min(wanted, most, fitting);
  const perImage = rows * plan.slots.reduce((sum, bytes) => sum + bytes, 0);
  const inMemory = Math.floor(BATCH_BYTES / perImage);
  const inTime = kind === 'software' ? Math.floor(BATCH_WORK_ON_CPU / (rows * multiplyAdds)) : most;
  return Math.max(1, Math.min(most, fitting, inMemory, inTime));
}

function tooManyViews({ tensors }: Plan, rows: number, limit: number): MemgpuError {
  const bytes = tensors.map(({ shape, storage }) => bytesPerView(shape, storage));
  const largest = Math.max(...bytes);
  const { node } = tensors[bytes.indexOf(largest)]!;
  const fitting = Math.floor(limit / largest);
  const views = `${rows} view${rows === 1 ? '' : 's'} of one image`;
  return new MemgpuError(
    'BAD_OPTION',
    `node ${node}: ${views} take ${largest * rows} bytes, more than the ${limit} of a buffer of this adapter`,
    {
      hint:
        fitting > 0
          ? `At most ${fitting} views of an image fit, the clean one included: use fewer --views, or a smaller --size.`
          : 'Not even one view fits: use a smaller --size, or another adapter.',
    },
  );
}
