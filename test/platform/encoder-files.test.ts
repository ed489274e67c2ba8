import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findCheckpoint } from '../../src/platform/encoder-files.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memgpu-encoder-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, text = '') => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe('of a folder', () => {
  test.each([
    [['pytorch_model.bin', 'model.safetensors.index.json', 'model.safetensors'], 'model.safetensors'],
    [['pytorch_model.bin', 'model.safetensors.index.json'], 'model.safetensors.index.json'],
    [['pytorch_model.bin', 'other.safetensors'], 'pytorch_model.bin'],
  ])('with %j the encoder is %s', async (files, taken) => {
    for (const file of files) put(file);
    for (const given of [folder, `${folder}/`, pathToFileURL(folder)])
      expect(await findCheckpoint(given)).toEqual({ path: join(folder, taken) });
  });

  test('without any of them there is none: the folder is named, and what was looked for', async () => {
    put('photo.jpg');
    mkdirSync(join(folder, 'model.safetensors'));
    await expect(findCheckpoint(folder)).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringMatching(
        /is a folder without a checkpoint: no model\.safetensors, .*, no pytorch_model\.bin$/,
      ),
    });
  });
});

describe('configs', () => {
  test('beside a file of the Hub are read, each where it is there', async () => {
    const path = put('model.safetensors');
    put('config.json', '{"model_type": "vit", "layer_norm_eps": 1e-12}');
    const model = { model_type: 'vit', layer_norm_eps: 1e-12 };
    expect(await findCheckpoint(path)).toEqual({ path, config: { model } });
    put('preprocessor_config.json', '{"size": 224}');
    expect(await findCheckpoint(folder)).toEqual({ path, config: { model, preprocessor: { size: 224 } } });
  });

  test('beside any other file are somebody else’s', async () => {
    const path = put('encoder.safetensors');
    put('config.json', 'no JSON at all');
    expect(await findCheckpoint(path)).toEqual({ path });
  });

  test.each([
    ['{"model_type": ', 'is no JSON'],
    ['{"eps": NaN}', 'is no JSON'],
    [' '.repeat(1_000_001), 'above the limit'],
  ])('that are broken are refused by name (%#)', async (text, what) => {
    put('model.safetensors');
    const config = put('config.json', text);
    await expect(findCheckpoint(folder)).rejects.toMatchObject({
      code: 'UNKNOWN_ARCHITECTURE',
      message: expect.stringContaining(`${config} `),
    });
    await expect(findCheckpoint(folder)).rejects.toThrow(what);
  });

  test('in another encoding than UTF-8 are refused', async () => {
    put('model.safetensors');
    writeFileSync(join(folder, 'config.json'), new Uint8Array([0x22, 0xff, 0x22]));
    await expect(findCheckpoint(folder)).rejects.toMatchObject({ code: 'UNKNOWN_ARCHITECTURE' });
  });
});

test('a path that is not there is left to whoever opens it', async () => {
  const path = join(folder, 'missing.safetensors');
  expect(await findCheckpoint(path)).toEqual({ path });
});
