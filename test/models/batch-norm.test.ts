import { describe, expect, test } from 'vitest';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import { loadModel } from '../../src/models/load.js';
import { type RefTensor, writeSafetensors } from '../reference/safetensors.js';
import { tinyResNet9Tensors } from '../reference/tiny-resnet9.js';

const LAYERS = [
  ...['prep', 'layer1_head', 'layer1_residual1', 'layer1_residual2'],
  ...['layer2', 'layer3_head', 'layer3_residual1', 'layer3_residual2'],
];

/** The tiny ResNet-9 with the statistics of some layers put back to where training begins, and counters of batches. */
async function notesOf({
  means = 0,
  variances = means,
  counters,
  prefix = '',
}: {
  means?: number;
  variances?: number;
  counters?: readonly number[];
  prefix?: string;
}) {
  const tensors: Map<string, RefTensor> = tinyResNet9Tensors(1, 2, { prefix });
  LAYERS.forEach((layer, l) => {
    if (l < means) tensors.get(`${prefix}${layer}.batch.running_mean`)!.data.fill(0);
    if (l < variances) tensors.get(`${prefix}${layer}.batch.running_var`)!.data.fill(1);
    const counted = counters?.[l];
    if (counted !== undefined)
      tensors.set(`${prefix}${layer}.batch.num_batches_tracked`, { shape: [], data: Float32Array.of(counted) });
  });
  const { notes } = await loadModel(await openSafetensors(bufferSource(writeSafetensors(tensors), 'f.safetensors')));
  return notes.map(({ code, value, message }) => ({ code, value, message }));
}

describe('statistics of batch normalisation', () => {
  test('that are where training begins are found and counted', async () => {
    const [note, ...others] = await notesOf({ means: 3 });
    expect(others).toEqual([]);
    expect(note).toMatchObject({ code: 'BATCH_NORM_UNTRAINED', value: 3 });
    expect(note!.message).toMatch(/^3 of 8 BatchNorm layers have running means of 0 and variances of 1/);
  });

  test('that are learned are not, nor means of 0 beside learned variances', async () => {
    expect(await notesOf({})).toEqual([]);
    expect(await notesOf({ means: 8, variances: 0 })).toEqual([]);
    expect(await notesOf({ means: 0, variances: 8 })).toEqual([]);
  });

  test('whose counters are 0 are found behind a prefix too', async () => {
    const [note] = await notesOf({ counters: [0, 0, 5, 5, 5, 5, 5, 5], prefix: 'module.' });
    expect(note).toMatchObject({ code: 'BATCH_NORM_UNTRAINED', value: 2 });
    expect(note!.message).toContain('2 of 8 BatchNorm layers have counted 0 batches');
    expect(await notesOf({ counters: LAYERS.map(() => 700) })).toEqual([]);
  });
});
