/** memgpu beside what a user would pick instead: same machine, adapter, weights and inputs. See docs/peers.md. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { type Browser, chromium as engine } from 'playwright-core';
import { VERSION } from '../../src/version.js';
import { launchOptions, whyNoChromium } from '../../test/browser/chromium.js';
import { writeExchange } from './exchange.js';
import { installPeers, PACKAGES } from './install.js';
import { GPU_JOBS, JOBS, type Job } from './jobs.js';
import { type Measuring, measureJob, type Repeats } from './measure.js';
import { PEERS, type Peer, type Place } from './peers.js';
import { peersPlot } from './plot.js';
import { referenceFile } from './reference.js';
import type { JobResult, Machine, PeersResult } from './result.js';
import { openSite, type Site } from './site.js';
import { peersMarkdown } from './table.js';

const FULL: Repeats = { least: 3, most: 9, budget: 40_000 };
const QUICK: Repeats = { least: 1, most: 3, budget: 3_000 };

const HERE = resolve('bench/peers');
const CACHE = join(HERE, 'node_modules/.cache');
const RESULTS = join(HERE, 'results');

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    quick: { type: 'boolean', default: false },
    /** Larger work, for a GPU: memgpu in Node and PyTorch on CUDA. */
    gpu: { type: 'boolean', default: false },
    /** Draws table and plot again from a stored result. */
    from: { type: 'string' },
  },
});

if (flags.from !== undefined) writeDocuments(JSON.parse(readFileSync(flags.from, 'utf8')) as PeersResult);
else await measure(choose(flags.gpu ? GPU_JOBS : JOBS, flags.only), choose(PEERS, flags.only));
process.exit(0);

/** Those that `--only` names; all where it names none of this kind. */
function choose<T extends { readonly name: string }>(all: readonly T[], names: readonly string[]): readonly T[] {
  for (const name of names) {
    if ([...JOBS, ...GPU_JOBS, ...PEERS].some((known) => known.name === name)) continue;
    say(`--only ${name}: known are the jobs ${list(JOBS)} and the peers ${list(PEERS)}`);
    process.exit(2);
  }
  const chosen = all.filter(({ name }) => names.includes(name));
  return chosen.length > 0 ? chosen : all;
}

function list(named: readonly { readonly name: string }[]): string {
  return named.map(({ name }) => name).join(', ');
}

async function measure(jobs: readonly Job[], peers: readonly Peer[]): Promise<void> {
  const date = new Date().toISOString();
  say('Installing peers and building their programs');
  const notInstalled = installPeers(HERE);
  const programs = join(CACHE, 'programs');
  const notBuilt = await buildPrograms(programs);
  const references = new Map<string, string>();
  const adapters: Record<string, string> = {};
  const versions: Record<string, string> = { memgpu: VERSION, node: process.versions.node };
  let site: Site | undefined;
  let browser: Browser | undefined;
  const place: Place = {
    programs,
    packages: HERE,
    exchange: join(CACHE, 'exchange'),
    reference: (job) => references.get(job)!,
    async web() {
      const none = whyNoChromium();
      if (none !== null) throw new Error(`no Chromium: ${none}`);
      const ort = join(HERE, 'node_modules/onnxruntime-web/dist');
      site ??= await openSite({ programs, ort, reference: (job) => references.get(job) });
      if (!browser?.isConnected()) browser = await engine.launch(launchOptions);
      versions.chromium = browser.version();
      return { browser, origin: site.origin };
    },
    python: findPython,
  };
  const done: JobResult[] = [];
  const resultNow = (): PeersResult => ({
    schema: 'memgpu-peers/1',
    date,
    machine: machineOf(adapters),
    versions: { ...versions, ...PACKAGES },
    jobs: done,
  });
  const measuring: Measuring = {
    peers,
    place,
    repeats: flags.quick ? QUICK : FULL,
    whyNot: ({ name, packages = [] }) => (packages.length > 0 ? notInstalled : null) ?? notBuilt.get(name) ?? null,
    say,
    onAdapter({ host }, adapter) {
      if (host === 'Python') versions.torch = adapter;
      else adapters[host] = adapter;
    },
  };
  try {
    for (const job of jobs) {
      say(`${job.title}: float64 output`);
      references.set(job.name, await referenceFile(job, join(CACHE, 'references')));
      writeExchange(job, place.exchange);
      done.push(await measureJob(job, measuring));
      // What is measured is kept, should a later job end the run; --from reads it.
      writeFileSync(join(CACHE, 'last.json'), JSON.stringify(resultNow()));
    }
  } finally {
    await browser?.close();
    site?.close();
  }
  const result = resultNow();
  say(`\n${peersMarkdown(result)}`);
  if (flags.quick || flags.only.length > 0) return;
  mkdirSync(RESULTS, { recursive: true });
  const file = join(RESULTS, `${date.slice(0, 10)}${flags.gpu ? '-gpu' : ''}.json`);
  writeFileSync(file, `${JSON.stringify(result, null, 1)}\n`);
  if (flags.gpu) return say(`${file} written`);
  writeDocuments(result);
  say(`${file}, docs/peers.md and docs/peers.svg written`);
}

function writeDocuments(result: PeersResult): void {
  writeFileSync('docs/peers.md', peersMarkdown(result));
  writeFileSync('docs/peers.svg', peersPlot(result));
}

/** @returns why a peer's program could not be built, by the peer's name */
async function buildPrograms(folder: string): Promise<ReadonlyMap<string, string>> {
  const shared = {
    bundle: true,
    format: 'esm',
    target: 'es2022',
    loader: { '.wgsl': 'text' },
    logLevel: 'silent',
  } as const;
  const failed = new Map<string, string>();
  for (const { name, page } of PEERS) {
    if (page === undefined) continue;
    try {
      const entryPoints = { [page]: `bench/peers/in-page/${page}.ts` };
      await build({
        ...shared,
        format: 'iife',
        entryPoints,
        outdir: folder,
        external: ['perf_hooks', 'util', 'crypto'],
      });
    } catch (error) {
      failed.set(name, (error as Error).message.split('\n').at(-1)!);
    }
  }
  await build({
    ...shared,
    entryPoints: { 'node-memgpu': 'bench/peers/in-node/memgpu.ts', 'node-ort': 'bench/peers/in-node/ort.ts' },
    outExtension: { '.js': '.mjs' },
    outdir: folder,
    platform: 'node',
    packages: 'external',
    // Where the sources lie, so that packages and the driver are found from there.
    define: { 'import.meta.url': JSON.stringify(import.meta.url) },
  });
  return failed;
}

/** The first Python that has what pytorch.py imports. */
function findPython(): string {
  const imports = 'import numpy, torch, torchvision';
  const found = ['python3', '/usr/bin/python3'].find(
    (python) => spawnSync(python, ['-c', imports], { stdio: 'ignore' }).status === 0,
  );
  if (found === undefined) throw new Error('no python3 with numpy, torch and torchvision');
  return found;
}

function machineOf(adapters: Machine['adapters']): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    adapters,
  };
}
