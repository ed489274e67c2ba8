// Runs mutants of files in processes of their own, so that a crash or a hang is a finding and not the end, and reports.
//   npm run fuzz -- --all --count 100000                 every format
//   npm run fuzz -- --format png --count 50000 --seed 7  one
//   npm run fuzz -- --format png --seed 7 --first 123 --count 1   one mutant again
//   --out FOLDER    findings and fuzz.json; without it test-results/fuzz
//   --minutes M     each format ends after M minutes, wherever it is
// Exit code 1 where there are findings.
import { fork } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const FORMATS = 'safetensors sharded pytorch cifar tensor-images selection options png jpeg webp'.split(' ');
/** Without a new mutant for so long, a process hangs; the slowest takes a fifth of it. */
const HANG_SECONDS = 60;
const MIB = 2 ** 20;
/** 64 million pixels of 16-bit colour, decoded and as bytes, take 1 GiB; no other format comes near. */
const MOST_MEMORY = 1536 * MIB;

const { values } = parseArgs({
  options: {
    ...{ all: { type: 'boolean' }, format: { type: 'string', multiple: true }, count: { type: 'string' } },
    ...{ seed: { type: 'string' }, first: { type: 'string' }, out: { type: 'string' }, minutes: { type: 'string' } },
  },
});
const chosen = values.all ? FORMATS : (values.format ?? []);
const [count, seed, first] = [values.count ?? 10_000, values.seed ?? 1, values.first ?? 0].map(Number);
const minutes = Number(values.minutes ?? Number.POSITIVE_INFINITY);
if (chosen.length === 0 || chosen.some((name) => !FORMATS.includes(name)) || !(count > 0)) {
  console.error(`Give --all or --format NAME (${FORMATS.join(', ')}), and --count N.`);
  process.exit(2);
}

const root = fileURLToPath(new URL('..', import.meta.url));
const out = values.out ?? join(root, 'test-results/fuzz');
const child = join(root, 'node_modules/.cache/memgpu-fuzz/child.mjs');
mkdirSync(out, { recursive: true });
await build({
  entryPoints: [join(root, 'test/mutants/child.ts')],
  outfile: child,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  platform: 'node',
  packages: 'external',
  loader: { '.wgsl': 'text' },
  // The golden files are found from where the sources lie.
  define: { 'import.meta.url': JSON.stringify(new URL('../test/mutants/child.ts', import.meta.url).href) },
  logLevel: 'warning',
});

const reports = [];
for (const name of chosen) {
  const report = await fuzz(name);
  reports.push(report);
  console.log(lineOf(report));
  for (const { index, what, file } of report.findings.slice(0, 20))
    console.log(`  mutant ${index}: ${what}\n  ${file}`);
  writeFileSync(join(out, 'fuzz.json'), `${JSON.stringify({ seed, formats: reports }, undefined, 2)}\n`);
}
process.exit(reports.some(({ findings }) => findings.length > 0) ? 1 : 0);

/** All mutants of a format: each process that ends early is followed by another, after the mutant that ended it. */
async function fuzz(name) {
  const begin = performance.now();
  const until = Date.now() + 60_000 * minutes;
  const report = {
    format: name,
    count: 0,
    results: {},
    slowest: { milliseconds: 0, index: 0 },
    peakBytes: 0,
    findings: [],
  };
  let at = first;
  while (at < first + count && Date.now() < until) {
    const { next, why } = await runProcess(name, at, until, report);
    if (why !== undefined) {
      const file = join(out, `${name}-${seed}-${next - 1}.bin`);
      await ended(start([name, seed, 'save', next - 1, join(out, 'progress'), out]));
      report.findings.push({ index: next - 1, what: why, file });
    }
    at = next;
  }
  if (report.peakBytes > MOST_MEMORY) {
    report.findings.push({ index: at - 1, what: 'more memory than any file explains', file: '-' });
  }
  return { ...report, count: at - first, seconds: (performance.now() - begin) / 1000 };
}

/** Runs a process until it ends; gives the first mutant after the last that it worked on, and why it ended early. */
async function runProcess(name, from, until, report) {
  const progress = join(out, `progress-${name}`);
  writeFileSync(progress, new Uint8Array(new Float64Array([from]).buffer));
  const running = start([name, seed, from, first + count, progress, out, until]);
  const counted = { ...report.results };
  running.on('message', ({ finding, results, slowest, peakBytes }) => {
    if (finding) return void report.findings.push(finding);
    for (const [result, n] of Object.entries(results)) report.results[result] = (counted[result] ?? 0) + n;
    if (slowest.milliseconds > report.slowest.milliseconds) report.slowest = slowest;
    report.peakBytes = Math.max(report.peakBytes, peakBytes);
  });
  let last = from;
  let since = performance.now();
  let hangs = false;
  const watch = setInterval(() => {
    const index = indexIn(progress);
    if (index !== last) [last, since] = [index, performance.now()];
    hangs = performance.now() - since > 1000 * HANG_SECONDS;
    if (hangs) running.kill('SIGKILL');
  }, 500);
  const { code, signal } = await ended(running);
  clearInterval(watch);
  const next = indexIn(progress) + 1;
  if (code === 0) return { next };
  return { next, why: hangs ? `no end after ${HANG_SECONDS} s` : `the process ended with ${signal ?? code}` };
}

function start(args) {
  return fork(child, args.map(String), { execArgv: ['--enable-source-maps', '--max-old-space-size=2048'] });
}

function ended(running) {
  return new Promise((resolve) => running.on('exit', (code, signal) => resolve({ code, signal })));
}

function indexIn(progress) {
  return new Float64Array(Uint8Array.from(readFileSync(progress)).buffer)[0] ?? 0;
}

function lineOf({ format, count: ran, results, slowest, peakBytes, findings, seconds }) {
  const outcomes = Object.entries(results).map(([result, n]) => `${n} ${result}`);
  const slow = `longest ${slowest.milliseconds.toFixed(0)} ms (mutant ${slowest.index})`;
  const cost = `${seconds.toFixed(0)} s, ${slow}, peak ${(peakBytes / MIB).toFixed(0)} MiB`;
  return `${format}: ${ran} mutants, ${outcomes.join(', ')}; ${cost}; ${findings.length} findings`;
}
