import type { Encoder } from '../encoder/encoder.js';
import { MemgpuError } from '../errors.js';
import { BatchRunner } from './batch-runner.js';
import type { NonFinite } from './chunk-collector.js';
import type { FeedSource } from './feed.js';

/**
 * Says where a value that is not finite first appears: runs the image again with every node tapped; where these do not
 * fit, the tap that it was found at must do.
 */
export async function explainNonFinite(
  found: NonFinite,
  encoders: readonly Encoder[],
  source: FeedSource,
): Promise<MemgpuError> {
  const node = await firstNode(found, encoders, source).catch((error) => {
    if (error instanceof MemgpuError && ['BAD_OPTION', 'OUT_OF_MEMORY'].includes(error.code)) return found.node;
    throw error;
  });
  const { precision } = encoders[0]!.design;
  return new MemgpuError(
    'NON_FINITE',
    `encoder ${found.encoder}: node ${node} holds NaN or infinity for image ${found.image.name}`,
    {
      hint: `Check the weights, --norm and --eps of this encoder${precision === 'f32' ? '' : ', or use precision f32'}.`,
    },
  );
}

async function firstNode(found: NonFinite, encoders: readonly Encoder[], source: FeedSource): Promise<string> {
  const encoder = encoders[found.encoder === 'f' ? 0 : 1] as Encoder;
  const nodes = encoder.graph.nodes.map(({ name }) => name);
  using runner = await BatchRunner.open([encoder], nodes, source, 1, {
    features: 'raw',
    distance: 'l2',
    pairs: 'all',
    tokens: 'all',
  });
  const batch = await runner.prepare(found.set, found.position, 1);
  const { f } = await runner.run(batch);
  const first = f.findIndex(({ nonFinite }) => nonFinite.some((count) => count > 0));
  return first < 0 ? found.node : (runner.nodes[first] as string);
}
