import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
// biome-ignore lint/correctness/useImportExtensions: a script beside its declaration
import { browserBuild, DECODERS } from '../../scripts/build-browser.mjs';
import type { MemgpuError } from '../../src/errors.js';
import { nodeDecoder } from '../../src/platform/node-images.js';
import { type StaticSite, serveFolder } from '../../src/platform/static-site.js';
import { goldenFile } from '../cli/inputs.js';
import { tinyResNet9 } from '../reference/tiny-resnet9.js';
import { launchOptions } from './chromium.js';

/** The package's browser entry as a page without a bundler loads it: a module script, and a module worker. */

type Package = typeof import('../../src/index.js');

const folder = mkdtempSync(join(tmpdir(), 'memgpu-embed-'));
let site: StaticSite;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  await build({ ...browserBuild, sourcemap: false, entryPoints: ['src/index.ts'], outdir: folder });
  for (const decoder of DECODERS) copyFileSync(decoder, join(folder, basename(decoder)));
  copyFileSync(goldenFile('decoding/rgb.png'), join(folder, 'picture.png'));
  writeFileSync(join(folder, 'f.safetensors'), tinyResNet9(1));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="main.js"></script>');
  writeFileSync(join(folder, 'main.js'), "import * as memgpu from './index.js'; window.memgpu = memgpu;");
  writeFileSync(
    join(folder, 'worker.js'),
    `import { analyze, loadEncoder, openGpu } from './index.js';
     onmessage = async ({ data: { encoder, images } }) => {
       const { layers } = await analyze({
         encoder: await loadEncoder(await openGpu(), encoder), sets: { candidates: images }, views: 2, pictures: false,
       });
       postMessage(layers);
     };`,
  );
  site = await serveFolder(folder, 0, { decoding: goldenFile('decoding') });
  browser = await chromium.launch(launchOptions);
  page = await browser.newPage();
  await page.goto(site.address);
  await page.waitForFunction(() => 'memgpu' in window);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('pixels, ImageData, ImageBitmap, a canvas, a Blob and a File of one picture give one result', async () => {
  const digests = await page.evaluate(async () => {
    const { openImages } = (window as unknown as { memgpu: Package }).memgpu;
    const file = await (await fetch('picture.png')).blob();
    const bitmap = await createImageBitmap(file, { colorSpaceConversion: 'none' });
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    const data = context.getImageData(0, 0, bitmap.width, bitmap.height);
    const onPage = Object.assign(document.createElement('canvas'), { width: bitmap.width, height: bitmap.height });
    onPage.getContext('2d')!.drawImage(bitmap, 0, 0);
    const rgba = new Uint8Array(data.data.buffer);
    const inputs = [
      { width: data.width, height: data.height, rgba },
      data,
      bitmap,
      canvas,
      onPage,
      file,
      new File([file], 'picture.png'),
      new Uint8Array(await file.arrayBuffer()),
    ];
    const pixels = async (input: (typeof inputs)[number]) => {
      const { picture } = await (await openImages([input])).load(0);
      if (!('rgba' in picture)) return 'no bytes';
      const digest = await crypto.subtle.digest('SHA-256', picture.rgba as Uint8Array<ArrayBuffer>);
      return `${picture.width}x${picture.height} ${[...new Uint8Array(digest)].join()}`;
    };
    const found: string[] = [];
    for (const input of inputs) found.push(await pixels(input));
    return found;
  });
  expect(digests).toHaveLength(8);
  expect(new Set(digests).size).toBe(1);
});

/** Width, height and colours as text; of a file that is refused its code and message. */
type Decoded = readonly [outcome: string, colours: string];

const decodeInNode = nodeDecoder();
async function decodedInNode(file: string): Promise<Decoded> {
  try {
    const picture = await decodeInNode(readFileSync(goldenFile(`decoding/${file}`)), file);
    if (!('rgba' in picture)) throw new Error('no bytes');
    return [`${picture.width}x${picture.height}`, Buffer.from(picture.rgba).toString('base64')];
  } catch (error) {
    return [`${(error as MemgpuError).code}: ${(error as MemgpuError).message}`, ''];
  }
}

function decodedInPage(file: string): Promise<Decoded> {
  return page.evaluate(async (name): Promise<Decoded> => {
    const { openImages } = (window as unknown as { memgpu: Package }).memgpu;
    const bytes = await (await fetch(`decoding/${name}`)).arrayBuffer();
    try {
      const { picture } = await (await openImages([new File([bytes], name)])).load(0);
      if (!('rgba' in picture)) throw new Error('no bytes');
      const text = Array.from(picture.rgba, (byte) => String.fromCharCode(byte)).join('');
      return [`${picture.width}x${picture.height}`, btoa(text)];
    } catch (error) {
      // Chosen files are named after their set too.
      const { code, message } = error as MemgpuError;
      return [`${code}: ${message.replace("'files': ", '')}`, ''];
    }
  }, file);
}

const CASES: readonly { readonly file: string; readonly expect: string }[] = JSON.parse(
  readFileSync(goldenFile('decoding/cases.json'), 'utf8'),
);

test.each(CASES)(
  '$file decodes in Chromium to the bytes of Node, or is refused alike',
  async ({ file, expect: kind }) => {
    const [outcome, colours] = await decodedInPage(file);
    expect([outcome, colours]).toEqual(await decodedInNode(file));
    if (kind === 'pixels') expect(outcome).toMatch(/^\d+x\d+$/);
  },
);

test('a device that was handed in is alive after the Gpu over it was disposed of', async () => {
  const word = await page.evaluate(async () => {
    const { analyze, loadEncoder, openGpu } = (window as unknown as { memgpu: Package }).memgpu;
    const adapter = (await navigator.gpu.requestAdapter())!;
    const device = await adapter.requestDevice();
    const gpu = await openGpu({ device });
    const encoder = await loadEncoder(gpu, await (await fetch('f.safetensors')).arrayBuffer());
    const picture = await (await fetch('picture.png')).blob();
    await analyze({ encoder, sets: { candidates: [picture, picture] }, views: 2, pictures: false });
    await gpu.dispose();
    const from = device.createBuffer({ size: 4, usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST });
    const to = device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    device.queue.writeBuffer(from, 0, Uint32Array.of(42));
    const encoding = device.createCommandEncoder();
    encoding.copyBufferToBuffer(from, 0, to, 0, 4);
    device.queue.submit([encoding.finish()]);
    await to.mapAsync(GPUMapMode.READ);
    return new Uint32Array(to.getMappedRange())[0];
  });
  expect(word).toBe(42);
});

test('it runs in a module worker, to the numbers of the page', async () => {
  const [inWorker, inPage] = await page.evaluate(async () => {
    const { analyze, loadEncoder, openGpu } = (window as unknown as { memgpu: Package }).memgpu;
    const encoder = await (await fetch('f.safetensors')).blob();
    const picture = await (await fetch('picture.png')).blob();
    const images = [picture, picture];
    const worker = new Worker('worker.js', { type: 'module' });
    const answered = new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    });
    worker.postMessage({ encoder, images });
    const { layers } = await analyze({
      encoder: await loadEncoder(await openGpu(), encoder),
      sets: { candidates: images },
      views: 2,
      pictures: false,
    });
    return [await answered, layers];
  });
  expect(inWorker).toEqual(inPage);
});

test('a signal ends a run, which then rejects with ABORTED', async () => {
  const code = await page.evaluate(async () => {
    const { analyze, loadEncoder, openGpu } = (window as unknown as { memgpu: Package }).memgpu;
    const encoder = await loadEncoder(await openGpu(), await (await fetch('f.safetensors')).blob());
    const picture = await (await fetch('picture.png')).blob();
    const controller = new AbortController();
    const run = analyze({
      encoder,
      sets: { candidates: Array(400).fill(picture) },
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    return run.then(
      () => 'finished',
      (error) => error.code,
    );
  });
  expect(code).toBe('ABORTED');
});
