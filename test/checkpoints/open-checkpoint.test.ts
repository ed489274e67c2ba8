import { expect, it } from 'vitest';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openCheckpointFile } from '../../src/checkpoints/open-checkpoint.js';
import { counted, failure, golden } from './files.js';

const refusal = async (bytes: Uint8Array | string) => {
  const content = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  const source = counted(bufferSource(content, 'model.pth'));
  const { message, hint } = await failure(openCheckpointFile(source), 'BAD_SAFETENSORS');
  expect(source.closed).toBe(1);
  return { message, hint };
};

it('an empty file is called empty', async () => {
  expect((await refusal('')).message).toBe('model.pth: the file is empty');
});

it.each([
  ['epoch,loss\n1,0.5\n', 'epoch,loss\\n1,0.5'],
  ['hi', 'hi'],
  ['\u0001\u001b[31mABCDEFGH', '\\u0001\\u001b[31mABCDEFGH'],
])('what is no file of tensors is quoted: %j', async (text, shown) => {
  expect((await refusal(text)).message).toBe(
    `model.pth: neither a PyTorch file nor safetensors (it starts with "${shown}")`,
  );
});

it('a pointer and a page are still told by their hints', async () => {
  expect((await refusal('version https://git-lfs.github.com/spec/v1\n')).hint).toMatch(/Git LFS/);
  expect((await refusal('<!doctype html>')).hint).toMatch(/web page/);
});

it.each(['bad-length-beyond', 'bad-not-brace', 'bad-length-over-cap', 'bad-truncated'])(
  '%s has a header’s length: the fault is that of safetensors',
  async (name) => {
    expect((await refusal(golden(`${name}.safetensors`))).message).not.toContain('neither');
  },
);
