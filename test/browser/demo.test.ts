import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium as engine } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { Report } from '../../src/analysis/result.js';
import { analyze, loadEncoder, openGpu, openImages, scoreTensors, writeSafetensors } from '../../src/index.node.js';
import { launchOptions } from './chromium.js';

/** The demo, once in Node and once in Chromium: what it must show, and that both give the same bits. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const demo = (name: string) => join(root, 'weights/demo', name);

interface Outcome {
  readonly report: Report;
  readonly scores: Uint8Array;
}
let inNode: Outcome;
let inChromium: Outcome;

beforeAll(async () => {
  inNode = await runInNode();
  inChromium = await runInChromium();
}, 900_000);

async function runInNode(): Promise<Outcome> {
  const gpu = await openGpu();
  const candidates = await openImages(demo('candidates.bin'));
  const external = await openImages(demo('external.bin'));
  const { report, scores } = await analyze({
    encoder: await loadEncoder(gpu, demo('f.safetensors')),
    reference: await loadEncoder(gpu, demo('g.safetensors')),
    sets: { candidates, external },
    pictures: false,
  });
  await candidates.close?.();
  await external.close?.();
  await gpu.dispose();
  return { report, scores: writeSafetensors(scoreTensors(scores)) };
}

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' };

async function runInChromium(): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'memgpu-page-'));
  await build({
    entryPoints: [join(root, 'test/browser/page/main.ts')],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    loader: { '.wgsl': 'text' },
    outdir: folder,
    logLevel: 'error',
  });
  const server: Server = createServer(({ url = '/' }, response) => {
    const path = new URL(url, 'http://localhost').pathname;
    const file = path.startsWith('/weights/')
      ? demo(path.slice('/weights/'.length))
      : path === '/main.js'
        ? join(folder, 'main.js')
        : join(root, 'test/browser/page/index.html');
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    response.end(readFileSync(file));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const browser = await engine.launch(launchOptions);
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction(() => 'outcome' in window, null, { timeout: 600_000 });
    const outcome = await page.evaluate(
      () => (window as unknown as { outcome: { error?: string; report: Report; scores: number[] } }).outcome,
    );
    if (outcome.error) throw new Error(outcome.error);
    return { report: outcome.report, scores: Uint8Array.from(outcome.scores) };
  } finally {
    await browser.close();
    server.close();
    rmSync(folder, { recursive: true });
  }
}

test('scores in Chromium equal those in Node in every bit', () => {
  expect(inChromium.report.adapters[0]?.architecture).toBe(inNode.report.adapters[0]?.architecture);
  expect(Buffer.from(inChromium.scores).equals(Buffer.from(inNode.scores))).toBe(true);
});

test('the last stage memorized the candidates, and the layers before it show nothing', () => {
  const contrast = new Map(inNode.report.layers.map(({ node, contrasts }) => [node, contrasts[0]]));
  for (const node of ['prep.relu', 'layer1_head.relu', 'layer1_residual1.relu', 'add', 'layer2.relu']) {
    const [low, high] = contrast.get(node)?.interval ?? [1, 1];
    expect(low <= 0 && high >= 0, node).toBe(true);
  }
  // Values of an independent implementation with torchvision's views, 200 images a set: the interval of ours must meet theirs.
  const measured = { add_1: [0.0128, 0.0185], pooled: [0.0168, 0.0242], 'layer3_residual1.relu': [0.019, 0.0261] };
  for (const [node, [low, high]] of Object.entries(measured)) {
    const [ours, theirs] = [contrast.get(node)?.interval ?? [0, 0], [low as number, high as number]];
    expect(ours[0], node).toBeGreaterThan(0);
    expect(ours[0] < (theirs[1] as number) && ours[1] > (theirs[0] as number), node).toBe(true);
  }
});
