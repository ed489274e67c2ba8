import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu, Kernel } from '../../src/gpu/gpu.js';
import { openTestGpu } from '../open-gpu.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

const scale: Kernel = {
  label: 'scale by 3',
  bindings: ['read', 'write', 'uniform'],
  code: `
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> n: vec4u;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < n.x) { y[id.x] = 3u * x[id.x]; }
}`,
};

test('a dispatch computes what its kernel says', async () => {
  const n = 1000;
  using memory = await gpu.allocate([
    { label: 'x', bytes: 4 * n },
    { label: 'y', bytes: 4 * n },
    { label: 'n', bytes: 16, usage: 'uniform' },
  ]);
  const [x, y, size] = memory.buffers;
  const [pipeline] = await gpu.compile([scale]);
  gpu.write(
    x!,
    Uint32Array.from({ length: n }, (_, i) => i),
  );
  gpu.write(size!, Uint32Array.of(n, 0, 0, 0));
  const recording = gpu.record().dispatch(gpu.bind(pipeline!, [x!, y!, size!]), [Math.ceil(n / 64), 1, 1]);
  const [bytes] = await gpu.run(recording, [y!]);
  expect([...new Uint32Array(bytes!)]).toEqual(Array.from({ length: n }, (_, i) => 3 * i));
});
