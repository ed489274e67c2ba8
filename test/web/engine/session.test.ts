import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Report } from '../../../src/analysis/result.js';
import { MemgpuError } from '../../../src/errors.js';
import type { Gpu } from '../../../src/gpu/gpu.js';
import { openGivenDevice } from '../../../src/gpu/open.js';
import { nodeDecoder } from '../../../src/platform/node-images.js';
import type { Chosen, RunEvent, RunSettings } from '../../../src/web/engine/contract.js';
import { Session } from '../../../src/web/engine/session.js';
import { CIFAR, goldenFile } from '../../cli/inputs.js';
import { openTestDevice } from '../../open-gpu.js';
import { tinyResNet9 } from '../../reference/tiny-resnet9.js';

/** The page's worker without its browser: what a visitor chooses, on a device of this host. */

const RECORD = 3073;
const FAST: RunSettings = { analysis: { views: 2, layers: ['pooled'] }, pictures: false, remembered: null };
const chosen = (name: string, ...files: readonly (readonly [path: string, bytes: Uint8Array])[]): Chosen => ({
  name,
  files: files.map(([path, bytes]) => ({ path, file: new File([bytes as BlobPart], path) })),
});
const checkpoint = (bytes: Uint8Array, name = 'f.safetensors') => chosen(name, [name, bytes]);
const picture = (file: string) => readFileSync(goldenFile(`decoding/${file}`));

let images: Uint8Array;
beforeAll(() => {
  images = readFileSync(CIFAR);
});
const dataset = (count: number) => chosen('images.bin', ['images.bin', images.subarray(0, count * RECORD)]);

const devices: GPUDevice[] = [];
afterEach(() => {
  for (const device of devices.splice(0)) device.destroy();
});

/** What the session asked its host for. */
interface Asked {
  opened: number;
  kept: string | null;
  readonly passed: Set<string>;
}

/** Self-checks that sessions of this file have passed. */
const everywhere = new Set<string>();

/**
 * @param most how often the host gives a GPU
 * @param passed self-checks that were passed before
 */
function session(most = Number.POSITIVE_INFINITY, passed = everywhere): { session: Session; asked: Asked } {
  const asked: Asked = { opened: 0, kept: null, passed };
  const openGpu = async (): Promise<Gpu> => {
    if (asked.opened === most) throw new MemgpuError('NO_ADAPTER', 'none today');
    asked.opened += 1;
    const device = await openTestDevice();
    devices.push(device);
    return openGivenDevice(device);
  };
  const reports = {
    keep: async (json: string) => {
      asked.kept = json;
    },
    kept: async () => asked.kept,
    forget: async () => {
      asked.kept = null;
    },
  };
  const made = new Session({
    openGpu,
    decode: nodeDecoder(),
    keptRuns: async () => null,
    reports,
    checks: {
      has: async (check) => asked.passed.has(check),
      keep: async (check) => {
        asked.passed.add(check);
      },
    },
    view: async () => null,
  });
  return { session: made, asked };
}

describe('a GPU that is lost', () => {
  /** A run on a GPU that is lost at the first batch of each of the first `losses` times that it goes. */
  async function runLosing(losses: number, most?: number): Promise<{ asked: Asked; notes: string[]; report: Report }> {
    const { session: lossy, asked } = session(most);
    await lossy.setEncoder('f', checkpoint(tinyResNet9(1)), {});
    await lossy.setImages('candidates', dataset(40), '');
    const notes: string[] = [];
    let lost = 0;
    const tell = (event: RunEvent) => {
      if (event.is === 'note') notes.push(event.text);
      if (event.is === 'progress' && asked.opened > lost && lost < losses) {
        lost += 1;
        devices.at(-1)!.destroy();
      }
    };
    try {
      const { report } = await lossy.run(FAST, tell);
      return { asked, notes, report };
    } catch (error) {
      throw Object.assign(error as Error, { asked });
    }
  }

  test('is opened again at most twice, to the numbers of an undisturbed run', async () => {
    const [lost, undisturbed] = [await runLosing(2), await runLosing(0)];
    expect(lost.asked.opened).toBe(1 + 2);
    expect(lost.notes.filter((note) => note.startsWith('The GPU was lost'))).toHaveLength(2);
    expect(lost.report.layers).toEqual(undisturbed.report.layers);
  });

  test('and lost a third time is told, and not opened again', async () => {
    await expect(runLosing(3)).rejects.toMatchObject({ code: 'DEVICE_LOST', asked: { opened: 3 } });
  });

  test('and not to be had again is told as lost, with what is left to do', async () => {
    const told = { code: 'DEVICE_LOST', hint: expect.stringContaining('Restart the browser') };
    await expect(runLosing(2, 1)).rejects.toMatchObject(told);
  });
});

describe('the self-check', () => {
  const CHECKING = 'Checking that this adapter computes right, once';
  const phasesOf = async (page: Session): Promise<string[]> => {
    const phases: string[] = [];
    await page.run(FAST, (event) => {
      if (event.is === 'phase') phases.push(event.text);
    });
    return phases;
  };
  const ready = async () => {
    const made = session(1, new Set());
    await made.session.setEncoder('f', checkpoint(tinyResNet9(1)), {});
    await made.session.setImages('candidates', dataset(3), '');
    return made;
  };

  test('comes before the first run on an adapter, and not before the second', async () => {
    const { session: page, asked } = await ready();
    expect(await phasesOf(page)).toContain(CHECKING);
    expect(asked.passed.size).toBe(1);
    expect(await phasesOf(page)).not.toContain(CHECKING);
  });

  test('that finds a wrong kernel ends the run, and is not kept', async () => {
    const { session: page, asked } = await ready();
    const device = devices.at(-1)!;
    const compile = device.createShaderModule.bind(device);
    vi.spyOn(device, 'createShaderModule').mockImplementation((descriptor) =>
      compile({ ...descriptor, code: descriptor.code.replace('(part0 + part1)', '(part0)') }),
    );
    await expect(phasesOf(page)).rejects.toMatchObject({
      code: 'GPU_ERROR',
      message: expect.stringContaining('computes wrong values: kernel view-norms'),
      hint: expect.stringContaining('driver'),
    });
    expect(asked.passed.size).toBe(0);
    expect(asked.kept).toBeNull();
  });
});

test('a picture that changes during a run is refused by name', async () => {
  const { session: page } = session();
  await page.setEncoder('f', checkpoint(tinyResNet9(1)), {});
  const bytes = picture('palette.png');
  const photos = chosen('photos', ...Array.from({ length: 12 }, (_, i) => [`${10 + i}.png`, bytes] as const));
  let last = bytes;
  Object.assign(photos.files.at(-1)!.file, {
    slice: (from: number, to: number) => new Blob([last.subarray(from, to)]),
  });
  await page.setImages('candidates', photos, '');
  const change = () => {
    last = Buffer.from(bytes);
    last[last.length - 1]! ^= 1;
  };
  const one = { ...FAST, analysis: { ...FAST.analysis, batch: 1 } };
  await expect(page.run(one, ({ is }) => is === 'progress' && change())).rejects.toMatchObject({
    code: 'IO',
    message: "'photos': '21.png' has changed since the images were first read",
  });
});

describe('files that are no encoder', () => {
  const whole = tinyResNet9(1);
  test.each([
    ['a text file', checkpoint(new TextEncoder().encode('not weights'), 'notes.txt'), 'notes.txt'],
    ['an empty file', checkpoint(new Uint8Array(0)), 'f.safetensors'],
    ['one that was cut off', checkpoint(whole.subarray(0, whole.length / 2)), 'f.safetensors'],
    ['a picture', checkpoint(picture('rgb.png'), 'rgb.png'), 'rgb.png'],
    ['a folder without a checkpoint', chosen('models', ['a.txt', images], ['b.txt', images]), 'models'],
    ['one with a long name', checkpoint(new Uint8Array(0), `${'x'.repeat(250)}.pt`), 'x.pt'],
  ])('%s: the file is named, with what to do, and a good one is taken after it', async (_, bad, name) => {
    const { session: page } = session();
    const refused = { name: 'MemgpuError', message: expect.stringContaining(name), hint: expect.any(String) };
    await expect(page.setEncoder('f', bad, {})).rejects.toMatchObject(refused);
    await expect(page.setEncoder('f', checkpoint(whole), {})).resolves.toMatchObject({ facts: { family: 'ResNet-9' } });
  });
});

describe('files that are no images', () => {
  test.each([
    ['a text file', chosen('notes.txt', ['notes.txt', new TextEncoder().encode('no')]), 'notes.txt'],
    ['an empty file', chosen('empty.bin', ['empty.bin', new Uint8Array(0)]), 'empty.bin'],
    ['a folder without pictures', chosen('papers', ['a.txt', images], ['b.txt', images]), 'papers'],
    ['a checkpoint', checkpoint(tinyResNet9(1)), 'f.safetensors'],
  ])('%s: it is named, with what to do, and good ones are taken after it', async (_, bad, name) => {
    const { session: page } = session();
    const refused = { name: 'MemgpuError', message: expect.stringContaining(name), hint: expect.any(String) };
    await expect(page.setImages('candidates', bad, '')).rejects.toMatchObject(refused);
    await expect(page.setImages('candidates', dataset(3), '')).resolves.toMatchObject({ images: 3 });
  });

  test('a broken picture among good ones ends the run by name, and without it the run goes', async () => {
    const { session: page } = session();
    await page.setEncoder('f', checkpoint(tinyResNet9(1)), {});
    const good = [
      ['a.jpg', picture('baseline.jpg')],
      ['c.png', picture('rgb.png')],
    ] as const;
    await page.setImages('candidates', chosen('photos', ...good, ['b.jpg', picture('truncated.jpg')]), '');
    const named = { code: 'BAD_IMAGE', message: expect.stringContaining("'photos': 'b.jpg'") };
    await expect(page.run(FAST, () => {})).rejects.toMatchObject(named);
    await page.setImages('candidates', chosen('photos', ...good), '');
    const { report } = await page.run(FAST, () => {});
    expect(report.sets.candidates?.n).toBe(2);
  });
});

test('f and g of different widths are told apart before anything is measured', async () => {
  const { session: page } = session();
  await page.setEncoder('f', checkpoint(tinyResNet9(1, 4)), {});
  await page.setEncoder('g', checkpoint(tinyResNet9(2, 8), 'g.safetensors'), {});
  await page.setImages('candidates', dataset(3), '');
  const refused = { code: 'SHAPE_MISMATCH', message: expect.stringContaining('[4, 32, 32] in f and [8, 32, 32] in g') };
  await expect(page.plan(FAST)).rejects.toMatchObject(refused);
});

describe('a part of a dataset', () => {
  test('is the images of these numbers, under a name that says so', async () => {
    const { session: page } = session();
    const summary = await page.setImages('candidates', dataset(10), ' 0-3, 7');
    expect(summary).toMatchObject({ source: 'images.bin@0-3,7', images: 5 });
  });

  test.each([
    ['of numbers that it lacks', '8-12', /has no record 10: it has 10, the last is 9/],
    ['that is no numbers', 'first', /'first' are no numbers of images/],
    ['in a file that a page cannot find', 'split.json:candidates', /are no numbers of images/],
  ])('%s is refused', async (_, part, message) => {
    const { session: page } = session();
    const refused = { code: 'BAD_OPTION', message: expect.stringMatching(message) };
    await expect(page.setImages('candidates', dataset(10), part)).rejects.toMatchObject(refused);
  });
});

describe('the report of the last run', () => {
  test('is kept without pictures until it is deleted', async () => {
    const { session: page } = session();
    expect(await page.lastReport()).toBeNull();
    await page.setEncoder('f', checkpoint(tinyResNet9(1)), {});
    await page.setImages('candidates', dataset(3), '');
    const { report } = await page.run({ ...FAST, pictures: true }, () => {});
    expect(report.images.every(({ picture }) => picture !== null)).toBe(true);
    const images = report.images.map((image) => ({ ...image, picture: null }));
    expect(await page.lastReport()).toEqual(JSON.parse(JSON.stringify({ ...report, images })));
    await page.forgetReport();
    expect(await page.lastReport()).toBeNull();
  });

  test('that was cut off, or that another version wrote, is none', async () => {
    const { session: page, asked } = session();
    for (const kept of ['{"schema": "memgpu-rep', '{"schema": "memgpu-report/9"}']) {
      asked.kept = kept;
      expect(await page.lastReport()).toBeNull();
    }
  });
});
