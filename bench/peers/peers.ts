import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { compare } from './accuracy.js';
import { type Driver, pageDriver, processDriver } from './drivers.js';
import type { Job } from './jobs.js';
import type { Opened } from './program.js';
import { readFloats, readReference } from './reference.js';
import type { Backend, Host } from './result.js';

/** Where peers find what they need. */
export interface Place {
  /** Bundled programs of pages and processes, `NAME.js` and `NAME.mjs`. */
  readonly programs: string;
  /** Holds node_modules with the peers' packages. */
  readonly packages: string;
  /** Weights and inputs for PyTorch, and its outputs. */
  readonly exchange: string;
  readonly reference: (job: string) => string;
  /** Starts Chromium, and the site that it loads, when the first page is wanted. */
  readonly web: () => Promise<{ readonly browser: Browser; readonly origin: string }>;
  /** A Python with torch and torchvision. @throws where there is none */
  readonly python: () => string;
}

export interface Peer {
  readonly name: string;
  readonly title: string;
  readonly host: Host;
  readonly backend: Backend;
  readonly ours?: true;
  /** What it needs of `PACKAGES`. */
  readonly packages?: readonly string[];
  does(job: Job): boolean;
  start(place: Place): Promise<Driver>;
}

const forward = ({ name }: Job): boolean => name !== 'analysis';
const everything = (): boolean => true;

/** In the order in which they are run and listed. */
export const PEERS: readonly Peer[] = [
  {
    name: 'memgpu-chromium',
    title: 'memgpu',
    host: 'Chromium',
    backend: 'WebGPU',
    ours: true,
    does: everything,
    start: inPage('memgpu'),
  },
  {
    name: 'jax-js',
    title: 'jax-js',
    host: 'Chromium',
    backend: 'WebGPU',
    packages: ['@jax-js/jax'],
    does: forward,
    start: inPage('jax'),
  },
  {
    name: 'ort-web-webgpu',
    title: 'onnxruntime-web (build /webgpu)',
    host: 'Chromium',
    backend: 'WebGPU',
    packages: ['onnxruntime-web'],
    does: forward,
    start: inPage('ort-webgpu'),
  },
  {
    name: 'tfjs',
    title: 'tfjs-backend-webgpu',
    host: 'Chromium',
    backend: 'WebGPU',
    packages: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-webgpu'],
    does: forward,
    start: inPage('tfjs'),
  },
  {
    name: 'ort-web-wasm',
    title: 'onnxruntime-web (build /wasm)',
    host: 'Chromium',
    backend: 'WASM',
    packages: ['onnxruntime-web'],
    does: forward,
    start: inPage('ort-wasm'),
  },
  {
    name: 'memgpu-node',
    title: 'memgpu',
    host: 'Node',
    backend: 'WebGPU',
    ours: true,
    does: everything,
    start: inNode('memgpu'),
  },
  {
    name: 'ort-node-webgpu',
    title: 'onnxruntime-node',
    host: 'Node',
    backend: 'WebGPU',
    packages: ['onnxruntime-node'],
    does: forward,
    start: inNode('ort', 'webgpu'),
  },
  {
    name: 'ort-node-cpu',
    title: 'onnxruntime-node',
    host: 'Node',
    backend: 'CPU',
    packages: ['onnxruntime-node'],
    does: forward,
    start: inNode('ort', 'cpu'),
  },
  {
    name: 'pytorch',
    title: 'PyTorch, batched',
    host: 'Python',
    backend: 'CPU',
    does: everything,
    start: inPython('batched'),
  },
  {
    name: 'pytorch-authors',
    title: "PyTorch, the authors' way: one layer, image and view at a time",
    host: 'Python',
    backend: 'CPU',
    does: ({ name }) => name === 'analysis',
    start: inPython('authors'),
  },
];

function inPage(program: string): Peer['start'] {
  return async ({ web }) => {
    const { browser, origin } = await web();
    return pageDriver(browser, origin, `page-${program}`);
  };
}

function inNode(program: string, ...args: readonly string[]): Peer['start'] {
  return async ({ programs, packages, reference }) =>
    processDriver(process.execPath, [join(programs, `node-${program}.mjs`), packages, ...args], {}, (job) => ({
      open: job,
      reference: reference(job),
    }));
}

function inPython(way: string): Peer['start'] {
  return async ({ python, exchange, reference }) => {
    const threads = String(availableParallelism());
    // Debian's PyTorch has two pools of threads; waiting actively they take the cores from each other.
    const env = { OMP_WAIT_POLICY: 'PASSIVE', OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads };
    let job = '';
    return processDriver(
      python(),
      ['bench/peers/pytorch.py', exchange, exchange, way],
      env,
      (name) => {
        job = name;
        return { open: name };
      },
      (answer) => {
        const { output, version, ...rest } = answer as Opened & { readonly output: string; readonly version: string };
        return { ...rest, adapter: version, difference: compare(readFloats(output), readReference(reference(job))) };
      },
    );
  };
}
