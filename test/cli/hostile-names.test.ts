import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { reportHtml } from '../../src/report/html.js';
import { writeSafetensors } from '../reference/safetensors.js';
import { tinyResNet9Tensors } from '../reference/tiny-resnet9.js';
import { readCsv } from '../report/read-csv.js';
import { copyPicture, spoiledEncoder, tinyPair } from './inputs.js';
import { useCli } from './run-cli.js';

const cli = useCli();
const FAST = ['--views', '2', '--layers', 'pooled', '--quiet', '--resamples', '100'];

/** Names that a file system takes, in the order of their bytes. */
const FILES = [
  '+1.png',
  '-1.png',
  '<!--<script>window.broken=1.png',
  '<img src=x onerror=window.broken=1>.png',
  '=HYPERLINK("x","y").png',
  '@SUM(A1).png',
  'a\u001b[2J\u001b]0;title\u0007b.png',
  'c\r\nd.png',
  'cat\u202egpj.png',
  'quote\'"`.png',
];
const CLASS = '=1+1</script><script>window.broken=1<';

/** Tensors that the encoder does not need. */
const TENSORS = ['</script><script>window.broken=1', 'x\u001b[2J\u202e\n', '../../x', 'y'.repeat(4096)];

/** Every path below a folder. */
const tree = (folder: string) => readdirSync(folder, { recursive: true }).map(String).sort();
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

test.runIf(process.platform === 'linux')(
  'names of files, classes, datasets and tensors stay text everywhere',
  async () => {
    const home = cli.path('inputs\u001b[31m');
    const photos = join(home, 'photos<b>\u202e');
    const deep = join(photos, CLASS.replaceAll('/', '\u2215'), ...Array.from({ length: 12 }, () => 'd'.repeat(250)));
    mkdirSync(deep, { recursive: true });
    for (const name of FILES) copyPicture('baseline.jpg', join(photos, name));
    copyPicture('rgb.png', join(deep, 'far.png'));
    const encoder = join(home, 'f<script>\u001b[2J.safetensors');
    const tensors = new Map([...tinyResNet9Tensors(1)].map(([name, tensor]) => [`net.${name}`, tensor]));
    for (const name of TENSORS) tensors.set(name, tensors.get('net.layer2.conv.weight')!);
    writeFileSync(encoder, writeSafetensors(tensors));
    const before = tree(cli.folder);
    const out = cli.path('out');
    const { code, stdout, stderr } = await cli.run(['analyze', encoder, photos, ...FAST, '--out', out]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const line of stdout.split('\n')) {
      expect(line).not.toMatch(UNSEEN);
      // Where the outputs lie is the user's own path.
      if (!line.includes(out)) expect([...line].length).toBeLessThanOrEqual(100);
    }

    const inspected = await cli.run(['inspect', encoder]);
    expect(inspected.code).toBe(0);
    for (const line of inspected.stdout.split('\n')) expect(line).not.toMatch(UNSEEN);

    const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
    expect(report.encoders.f.ignored).toEqual(TENSORS);
    const found = new Set(report.images.map(({ name }: { name: string }) => name));
    const given = new Set(tree(photos).filter((path) => path.endsWith('.png')));
    expect([...found].every((name) => given.has(name as string))).toBe(true);

    const rows = readCsv(readFileSync(join(out, 'images.csv'), 'utf8')).slice(1);
    expect(new Set(rows.map(([, , , name]) => name!.replace(/^'/, '')))).toEqual(given);
    for (const [, , , name, label] of rows)
      for (const cell of [name, label]) expect(cell).not.toMatch(/^[=+@\-\t\r\n]/);

    const html = reportHtml(report, { script: '', style: '' }, () => '');
    expect(html.match(/<script/gi)).toHaveLength(2);
    expect(html).not.toMatch(/<img src=x|<b>|<!--/);

    // Nothing is written beside the output.
    const after = tree(cli.folder).filter((path) => path !== 'out' && !path.startsWith('out/'));
    expect(after).toEqual(before);
    for (const path of tree(out)) expect(path).toMatch(/^[\w./-]+$/);
  },
);

test('a message about a file with such a name cannot steer the terminal', async () => {
  const path = spoiledEncoder(cli, 'x\u001b[2J\u202e.safetensors', (all) => {
    all.get('layer2.conv.weight')!.data[7] = Number.NaN;
  });
  const surplus = spoiledEncoder(cli, 'surplus.safetensors', (all) => {
    for (const name of TENSORS) all.set(name, all.get('layer2.conv.weight')!);
  });
  for (const args of [
    ['inspect', path],
    ['inspect', surplus],
    ['analyze', path, path, ...FAST],
    ['analyze', `${path}\u0007`, path, ...FAST],
    ['analyze', path, '--no\u001b[2Jsuch', ...FAST],
    ['analyze', path, path, '--layers', 'a\u001b[2J', '--views', '2'],
  ]) {
    const { stdout, stderr } = await cli.run([...args, ...(args[0] === 'analyze' ? ['--out', cli.path('none')] : [])]);
    for (const line of `${stdout}${stderr}`.split('\n')) expect(line, args.join(' ')).not.toMatch(UNSEEN);
  }
});

test('an index of shards and a list of names lead to no file outside their folder', async () => {
  const { f } = tinyPair(cli);
  const encoder = cli.path('sharded');
  mkdirSync(encoder);
  const names = [...tinyResNet9Tensors(1, 4).keys()];
  const weightMap = Object.fromEntries(names.map((name) => [name, `../${basename(f)}`]));
  writeFileSync(join(encoder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }));
  const inspected = await cli.run(['inspect', encoder]);
  expect(inspected).toMatchObject({ code: 2, stdout: '' });
  expect(inspected.stderr).toContain('is mapped to "../f4.safetensors", which is no plain name');

  const photos = cli.path('inside');
  mkdirSync(photos);
  for (const path of [cli.path('outside.jpg'), join(photos, 'a.jpg')]) copyPicture('baseline.jpg', path);
  writeFileSync(cli.path('names.txt'), 'a.jpg\n../outside.jpg\n');
  const args = ['analyze', f, `${photos}@${cli.path('names.txt')}`, ...FAST, '--out', cli.path('list')];
  const analyzed = await cli.run(args);
  expect(analyzed).toMatchObject({ code: 2, stdout: '' });
  expect(analyzed.stderr).toContain("has no image '../outside.jpg'");
});
