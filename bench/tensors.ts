import type { Gpu } from '../src/gpu/gpu.js';
import { familyFor } from '../src/kernels/family.js';
import { layernormKernel, packNorm } from '../src/kernels/layernorm.js';
import { pointwiseKernel } from '../src/kernels/pointwise.js';
import type { SizedKernel } from '../src/kernels/sized-kernel.js';
import { softmaxKernel } from '../src/kernels/softmax.js';
import { timeKernel } from './kernels.js';
import { numbers } from './model.js';
import { best, type Timing } from './timing.js';

/** A kernel that computes little for each number: it is measured against a copy. */
export interface TensorResult {
  readonly name: string;
  /** The kernel that the adapter gets. */
  readonly kernel: string;
  readonly timing: Timing;
  /** GB/s by the best clock: every tensor read once and written once, as a copy does. */
  readonly rate: number;
  readonly compileMs: number;
}

/** Views of a batch: a tensor that fills the adapter and that every adapter can bind. */
const VIEWS = { software: 16, hardware: 128 };

/** Tokens, width and heads of a ViT-B/16 at 224 pixels. */
const [TOKENS, WIDTH, HEADS] = [197, 768, 12];

/** What a transformer runs between its products. */
export async function measureTensors(gpu: Gpu, repeats: number): Promise<TensorResult[]> {
  const family = familyFor(gpu.facts);
  const most = VIEWS[gpu.facts.kind];
  const tokens = { views: most, positions: TOKENS, channels: WIDTH };
  const gelu = { bias: false, affine: false, relu: false, gelu: true, residual: false, reluAfterAdd: false };
  // Scores of a view are three times as large as its tokens.
  const scores = { views: Math.ceil(most / 4), rows: HEADS * TOKENS, columns: TOKENS };
  const measure = async (
    name: string,
    sized: SizedKernel,
    views: number,
    values: number,
    channels: readonly Float32Array[],
  ): Promise<TensorResult> => {
    const bytes = views * values * 4;
    const bound = [numbers(bytes / 4), ...channels, bytes];
    const [timing, compileMs] = await timeKernel(gpu, repeats, sized, views, bound);
    const rate = (2 * bytes) / best(timing).median / 1e6;
    return { name: `${name} b${views}`, kernel: sized.kernel.label, timing, rate, compileMs };
  };
  return [
    await measure(
      `layernorm ${TOKENS}x${WIDTH}`,
      layernormKernel(tokens, { eps: 1e-6 }, family),
      most,
      TOKENS * WIDTH,
      [packNorm(WIDTH, numbers(WIDTH), numbers(WIDTH))],
    ),
    await measure(`gelu ${TOKENS}x${WIDTH}`, pointwiseKernel(tokens, gelu), most, TOKENS * WIDTH, [numbers(3 * WIDTH)]),
    await measure(
      `softmax ${scores.rows}x${TOKENS}`,
      softmaxKernel(scores, family),
      scores.views,
      scores.rows * 4 * Math.ceil(TOKENS / 4),
      [],
    ),
  ];
}
