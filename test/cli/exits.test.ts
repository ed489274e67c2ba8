import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { said } from './faulted-run.js';
import { CIFAR, spoiledEncoder, tinyPair } from './inputs.js';
import { type RunOptions, useCli } from './run-cli.js';

/** However a command ends, its process ends too, with the code it means. MEMGPU_EXIT_RUNS=100 for the long check. */

const RUNS = Number(process.env.MEMGPU_EXIT_RUNS ?? 10);
const LIMIT_MS = 60_000;

const cli = useCli();
const out = cli.path('out');
const CHEAP = ['--augment', 'mae', '--resamples', '100', '--layers', 'pooled', '--force', '--out', out];
let few: string[];
let many: string[];
let spoiled: string[];
let notThere: string[];
beforeAll(() => {
  const { f } = tinyPair(cli);
  const huge = spoiledEncoder(cli, 'huge.safetensors', (tensors) => {
    for (const name of ['layer1_head.conv.weight', 'layer2.conv.weight']) tensors.get(name)!.data.fill(1e30);
  });
  few = ['analyze', f, CIFAR, ...CHEAP, '--views', '2', '--batch', '16'];
  many = ['analyze', f, CIFAR, ...CHEAP, '--views', '64', '--batch', '1'];
  spoiled = ['analyze', huge, CIFAR, ...CHEAP];
  notThere = ['analyze', cli.path('none.safetensors'), CIFAR, ...CHEAP];
});

const preloaded = (file: string, env: Record<string, string>): RunOptions => {
  const preload = pathToFileURL(new URL(file, import.meta.url).pathname).href;
  return { env: { NODE_OPTIONS: `--import ${preload}`, ...env } };
};

/** Signals while batches are on the GPU, another moment each time; a second one as soon as the first was heard. */
const interrupted = (signal: NodeJS.Signals, twice: boolean, time: number): RunOptions => ({
  async during(process) {
    await said(process, 'Computing on the CPU');
    await new Promise((resolve) => setTimeout(resolve, (time * 137) % 1500));
    process.kill(signal);
    if (!twice) return;
    await said(process, 'once more to leave at once');
    process.kill(signal);
  },
});

const WAYS: readonly (readonly [way: string, code: number, args: () => string[], how: (time: number) => RunOptions])[] =
  [
    ['done', 0, () => few, () => ({})],
    ['a checkpoint that is not there', 2, () => notThere, () => ({})],
    ['activations that overflow', 2, () => spoiled, () => ({})],
    ['device lost', 5, () => few, () => preloaded('gpu-fault.mjs', { FAULT: 'loss', FAULT_AT: '3' })],
    ['validation error', 1, () => few, () => preloaded('gpu-fault.mjs', { FAULT: 'validation', FAULT_AT: '3' })],
    ['out of memory', 4, () => few, () => preloaded('gpu-fault.mjs', { FAULT: 'memory', FAULT_AT: '3' })],
    ['full disk', 1, () => few, () => preloaded('disk-fault.mjs', { FAULT: 'full', FAULT_FILE: '00000.safetensors' })],
    ['Ctrl-C', 130, () => many, (time) => interrupted('SIGINT', false, time)],
    ['Ctrl-C twice', 130, () => many, (time) => interrupted('SIGINT', true, time)],
    ['SIGTERM twice', 143, () => many, (time) => interrupted('SIGTERM', true, time)],
  ];

test(`${RUNS} commands in a row end with the code that they mean`, { timeout: LIMIT_MS * RUNS }, async () => {
  const taken: { readonly way: string; readonly seconds: number }[] = [];
  for (let time = 0; time < RUNS; time++) {
    const [way, code, args, how] = WAYS[time % WAYS.length]!;
    const start = performance.now();
    const outcome = await cli.run(args(), { limit: LIMIT_MS, ...how(time) });
    taken.push({ way, seconds: (performance.now() - start) / 1000 });
    expect({ time, way, ...outcome }).toMatchObject({ way, code, signal: null });
  }
  const total = taken.reduce((sum, { seconds }) => sum + seconds, 0);
  const slowest = taken.reduce((most, each) => (each.seconds > most.seconds ? each : most));
  process.stdout.write(
    `${RUNS} commands ended as they meant to in ${total.toFixed(0)} s, the slowest, ${slowest.way}, in ${slowest.seconds.toFixed(1)} s\n`,
  );
});
