import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { useCli } from './cli/run-cli.js';
import { tinyResNet9 } from './reference/tiny-resnet9.js';

/** README stays true: each of its commands runs, on small files of the names that it uses. */

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const cli = useCli();

/** Command lines of the sh blocks, continued lines joined, comments cut. */
const lines = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block = '']) => block.replaceAll(/\\\n\s*/g, '').split('\n'))
  .map((line) => line.replace(/\s+#.*$/, '').trim())
  .filter((line) => line !== '');
const commands = lines.flatMap((line) =>
  /^npx memgpu (.+)$/.exec(line)?.[1] ? [line.slice('npx memgpu '.length)] : [],
);

beforeAll(() => {
  writeFileSync(cli.path('f.safetensors'), tinyResNet9(1));
  cpSync(join(root, 'test/golden/resnet-cifar10/resnet20.th'), cli.path('checkpoint.pth'));
  writeFileSync(cli.path('g.safetensors'), tinyResNet9(2));
  const record = (i: number) =>
    Uint8Array.from({ length: 3073 }, (_, k) => (k === 0 ? i % 10 : (i * 31 + k * 7) % 256));
  writeFileSync(cli.path('train.bin'), Buffer.concat(Array.from({ length: 500 }, (_, i) => record(i))));
  writeFileSync(cli.path('test.bin'), Buffer.concat(Array.from({ length: 40 }, (_, i) => record(600 + i))));
  writeFileSync(cli.path('split.json'), JSON.stringify({ candidates: [0, 2, 4, 6], external: [1, 3, 5, 7] }));
  mkdirSync(cli.path('photos'));
  for (const name of ['rgb.png', 'baseline.jpg', 'lossy.webp']) {
    cpSync(join(root, 'test/golden/decoding', name), join(cli.path('photos'), name));
  }
});

describe('the README', () => {
  test('names the commands that are tested here', () => {
    expect(commands.map((command) => command.split(' ')[0])).toEqual([
      'inspect',
      'convert',
      'analyze',
      'analyze',
      'features',
      'doctor',
      'split',
    ]);
    expect(lines).toContain('npm ci && npx memgpu analyze');
    expect(lines).toContain('npm test');
  });

  test.each(commands)('memgpu %s', async (command) => {
    const args = command.split(/\s+/);
    const { code, stderr } = await cli.run(args, { cwd: cli.folder });
    expect(code, stderr).toBe(0);
  });
});
