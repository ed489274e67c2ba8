import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { compare } from './accuracy.js';
import { type Driver, pageDriver, processDriver } from './drivers.js';
import { GPU_JOBS, type Job, jobOf } from './jobs.js';
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
  /** Its program, where it runs in a page: `in-page/PAGE.ts`. */
  readonly page?: string;
  /** What it needs of `PACKAGES`. */
  readonly packages?: readonly string[];
  does(job: Job): boolean;
  start(place: Place): Promise<Driver>;
}

const forGpu = (job: Job): boolean => GPU_JOBS.includes(job);
const forward = (job: Job): boolean => job.name !== 'analysis' && !forGpu(job);
const everything = (): boolean => true;
const onCpu = (job: Job): boolean => !forGpu(job);

/** In the order in which they are run and listed. */
export const PEERS: readonly Peer[] = [
  inPage('memgpu', { name: 'memgpu-chromium', title: 'memgpu', backend: 'WebGPU', ours: true, does: onCpu }),
  inPage('jax', { name: 'jax-js', title: 'jax-js', backend: 'WebGPU', packages: ['@jax-js/jax'], does: forward }),
  inPage('ort-webgpu', {
    name: 'ort-web-webgpu',
    title: 'onnxruntime-web (build /webgpu)',
    backend: 'WebGPU',
    packages: ['onnxruntime-web'],
    does: forward,
  }),
  inPage('tfjs', {
    name: 'tfjs',
    title: 'tfjs-backend-webgpu',
    backend: 'WebGPU',
    packages: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-webgpu'],
    does: forward,
  }),
  inPage('ort-wasm', {
    name: 'ort-web-wasm',
    title: 'onnxruntime-web (build /wasm)',
    backend: 'WASM',
    packages: ['onnxruntime-web'],
    does: forward,
  }),
  inNode('memgpu', { name: 'memgpu-node', title: 'memgpu', backend: 'WebGPU', ours: true, does: everything }),
  ...(['WebGPU', 'CPU'] as const).map((backend) => {
    const provider = backend.toLowerCase();
    const packages = ['onnxruntime-node'];
    return inNode(
      'ort',
      { name: `ort-node-${provider}`, title: 'onnxruntime-node', backend, packages, does: forward },
      provider,
    );
  }),
  inPython('batched', 'cpu', { name: 'pytorch', title: 'PyTorch, batched', backend: 'CPU', does: onCpu }),
  inPython('batched', 'cuda', { name: 'pytorch-cuda', title: 'PyTorch, TF32 off', backend: 'CUDA', does: forGpu }),
  inPython('authors', 'cpu', {
    name: 'pytorch-authors',
    title: "PyTorch, the authors' way: one layer, image and view at a time",
    backend: 'CPU',
    does: ({ name }) => name === 'analysis',
  }),
];

type Described = Omit<Peer, 'host' | 'page' | 'start'>;

function inPage(page: string, peer: Described): Peer {
  return {
    ...peer,
    host: 'Chromium',
    page,
    async start({ web }) {
      const { browser, origin } = await web();
      return pageDriver(browser, origin, page);
    },
  };
}

function inNode(program: string, peer: Described, ...args: readonly string[]): Peer {
  return {
    ...peer,
    host: 'Node',
    async start({ programs, packages, reference }) {
      const file = join(programs, `node-${program}.mjs`);
      return processDriver(process.execPath, [file, packages, ...args], {}, (job) => ({
        open: job,
        reference: reference(job),
      }));
    },
  };
}

function inPython(way: string, device: string, peer: Described): Peer {
  const threads = String(availableParallelism());
  // Debian's PyTorch has two pools of threads; waiting actively they take the cores from each other.
  const env = { OMP_WAIT_POLICY: 'PASSIVE', OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads };
  return {
    ...peer,
    host: 'Python',
    async start({ python, exchange, reference }) {
      let job = '';
      return processDriver(
        python(),
        ['bench/peers/pytorch.py', exchange, exchange, way, device],
        env,
        (name) => {
          job = name;
          return { open: name };
        },
        (answer) => {
          const { output, version, ...rest } = answer as Opened & { readonly output: string; readonly version: string };
          const [found, wanted] = [readFloats(output), readReference(reference(job))];
          const { output: shape, checked } = jobOf(job);
          return { ...rest, adapter: version, difference: compare(found, wanted, shape[0], checked) };
        },
      );
    },
  };
}
