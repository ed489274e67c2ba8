import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadEmbeddedDriver } from '../../src/platform/embedded-driver.js';
import { openNodeGpu } from '../../src/platform/node-gpu.js';
import { whyNoSystemVulkan } from '../../src/platform/vulkan-system.js';
import { openTestDevice } from '../open-gpu.js';
import { type Program, program } from './child.js';

const onLinuxX64 = process.platform === 'linux' && process.arch === 'x64';

test('an unknown adapter name is refused with the names that there are', async () => {
  const { name } = await openNodeGpu().then(async (gpu) => {
    await gpu.dispose();
    return gpu.facts;
  });
  await expect(openNodeGpu({ adapter: 'Voodoo 3' })).rejects.toMatchObject({
    code: 'NO_ADAPTER',
    message: expect.stringMatching(new RegExp(`'Voodoo 3'.*has '${name.split(' ')[0]}`)),
    hint: expect.stringContaining('Name one of the adapters listed'),
  });
});

test('adapters open one after another and together', async () => {
  const both = await Promise.all([openNodeGpu(), openNodeGpu({ robust: false })]);
  expect(both[0].facts).toEqual(both[1].facts);
  for (const gpu of both) await gpu.dispose();
});

test('the limits asked for are no more than 1 GiB - 256 in one buffer, and else the least of every device', async () => {
  await using gpu = await openNodeGpu();
  expect(gpu.facts.limits.maxBufferSize).toBeLessThanOrEqual(2 ** 30 - 256);
  expect(gpu.facts.limits).toMatchObject({
    maxComputeWorkgroupStorageSize: 16384,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupsPerDimension: 65535,
  });
});

test('a given device is not destroyed', async () => {
  const device = await openTestDevice();
  const gpu = await openNodeGpu({ device });
  expect(gpu.facts.origin).toBe('given');
  await gpu.dispose();
  const lost = await Promise.race([device.lost.then(() => true), new Promise((resolve) => setTimeout(resolve, 20))]);
  expect(lost).toBeUndefined();
  device.destroy();
});

describe.runIf(onLinuxX64)('on Linux', () => {
  let open: Program;
  beforeAll(async () => {
    open = await program(`
      import { openNodeGpu } from './src/platform/node-gpu.js';
      try {
        const gpu = await openNodeGpu({ adapter: process.argv[2] });
        const { origin, kind } = gpu.facts;
        await gpu.dispose();
        console.log(JSON.stringify({ origin, kind, left: process.env.VK_DRIVER_FILES ?? null }));
      } catch ({ code, message, hint }) {
        console.log(JSON.stringify({ code, message, hint }));
      }`);
  });
  afterAll(() => open[Symbol.dispose]());

  test.runIf(whyNoSystemVulkan() !== null)('without a system driver nothing is printed', async () => {
    const { stdout, stderr, code } = await open.run(['auto']);
    expect({ code, stderr, stdout: JSON.parse(stdout) }).toEqual({
      code: 0,
      stderr: '',
      stdout: { origin: 'embedded', kind: 'software', left: null },
    });
  });

  test.runIf(whyNoSystemVulkan() !== null)(
    'without a system driver there is no hardware, and it says why',
    async () => {
      const { stdout } = await open.run(['hardware']);
      expect(JSON.parse(stdout)).toEqual({
        code: 'NO_ADAPTER',
        message: expect.stringMatching(
          /^No GPU adapter for 'hardware' \(system: .*Vulkan loader.*; embedded: not asked for\)$/,
        ),
        hint: expect.stringContaining('Vulkan driver'),
      });
    },
  );

  test('a driver that VK_DRIVER_FILES names is the system’s, and stays named', async () => {
    const file = loadEmbeddedDriver();
    const env = { VK_DRIVER_FILES: file, VK_ICD_FILENAMES: file, LD_LIBRARY_PATH: dirname(file) };
    const { stdout, stderr } = await open.run(['auto'], env);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ origin: 'system', kind: 'software', left: file });
    const named = await open.run(['SWIFTshader'], env);
    expect(JSON.parse(named.stdout)).toMatchObject({ origin: 'system', kind: 'software' });
  });

  test('a driver that does not work gives way to the embedded one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'memgpu-test-'));
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, '{"file_format_version":"1.0.0","ICD":{"library_path":"./none.so","api_version":"1.3.0"}}');
    const loader = dirname(loadEmbeddedDriver());
    const env = { VK_DRIVER_FILES: broken, VK_ICD_FILENAMES: broken, LD_LIBRARY_PATH: loader };
    const { stdout } = await open.run(['auto'], env);
    expect(JSON.parse(stdout)).toEqual({ origin: 'embedded', kind: 'software', left: broken });
    rmSync(folder, { recursive: true });
  });

  test('a loader without a driver for it is told apart from no loader', () => {
    const folder = mkdtempSync(join(tmpdir(), 'memgpu-test-'));
    writeFileSync(join(folder, 'libvulkan.so.1'), '');
    const env = { LD_LIBRARY_PATH: folder, HOME: folder, XDG_DATA_DIRS: join(folder, 'share') };
    const before = whyNoSystemVulkan(env);
    mkdirSync(join(folder, 'share/vulkan/icd.d'), { recursive: true });
    writeFileSync(join(folder, 'share/vulkan/icd.d/gpu.json'), '{}');
    expect(whyNoSystemVulkan(env)).toBeNull();
    if (whyNoSystemVulkan({}) !== null) expect(before).toContain('no driver for it');
    rmSync(folder, { recursive: true });
  });
});
