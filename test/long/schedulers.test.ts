import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CIFAR, tinyPair } from '../cli/inputs.js';
import { useCli } from '../cli/run-cli.js';

/** The examples of docs/shards.md, run by the schedulers themselves where they are installed. */

const cli = useCli();
const example = (name: string) => fileURLToPath(new URL(`../../docs/shards/${name}`, import.meta.url));
const installed = (...programs: string[]) =>
  programs.every((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0);

let analysis: string[] = [];
let whole: Buffer;
/** With `memgpu` on the path, as the examples call it. */
let environment: NodeJS.ProcessEnv = {};
beforeAll(async () => {
  const { f, g } = tinyPair(cli);
  const sets = ['--candidates', `${CIFAR}@0-39`, '--external', `${CIFAR}@24-63`];
  analysis = [f, '--reference', g, ...sets, '--views', '2', '--augment', 'mae', '--resamples', '100'];
  const bin = cli.path('bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'memgpu'), `#!/bin/sh\nexec '${process.execPath}' '${join(cli.home, 'memgpu.js')}' "$@"\n`);
  chmodSync(join(bin, 'memgpu'), 0o755);
  environment = { ...process.env, PATH: `${bin}:/usr/sbin:/sbin:${process.env.PATH}` };
  const out = cli.path('whole');
  const outcome = await cli.run(['analyze', ...analysis, '--out', out, '--quiet']);
  expect(outcome.code).toBe(0);
  whole = readFileSync(join(out, 'scores.safetensors'));
});

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...environment, ...env }, cwd: cli.folder });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += String(part)));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(said) : reject(new Error(`${program} ended with ${code}: ${said}`)),
    );
  });
}

const scoresOf = (out: string) => readFileSync(join(out, 'scores.safetensors'));

test.runIf(installed('parallel'))(
  'GNU parallel: four shards, two at a time, give the bits of one process',
  async () => {
    const out = cli.path('parallel');
    await run('sh', [example('parallel.sh'), out, '4', ...analysis]);
    expect(readdirSync(join(out, 'chunks'))).toHaveLength(4);
    expect(scoresOf(out).equals(whole)).toBe(true);
  },
);

describe.runIf(installed('slurmctld', 'slurmd', 'munged', 'sbatch'))('Slurm', () => {
  let folder = '';
  const slurm: NodeJS.ProcessEnv = {};
  /** In the foreground, so that they end with this test. */
  const daemons: ReturnType<typeof spawn>[] = [];
  const daemon = (program: string, ...args: string[]) =>
    daemons.push(spawn(program, args, { env: { ...environment, ...slurm }, stdio: 'ignore' }));

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'memgpu-slurm-'));
    chmodSync(folder, 0o755);
    const at = (name: string) => join(folder, name);
    const node = hostname().split('.')[0]!;
    for (const name of ['state', 'spool']) mkdirSync(at(name));
    writeFileSync(at('key'), randomBytes(64), { mode: 0o400 });
    writeFileSync(
      at('slurm.conf'),
      [
        'ClusterName=one',
        `SlurmctldHost=${node}(127.0.0.1)`,
        `SlurmUser=${userInfo().username}`,
        `SlurmdUser=${userInfo().username}`,
        `AuthInfo=socket=${at('munge.sock')}`,
        'SlurmctldPort=16817',
        'SlurmdPort=16818',
        `StateSaveLocation=${at('state')}`,
        `SlurmdSpoolDir=${at('spool')}`,
        `SlurmctldPidFile=${at('slurmctld.pid')}`,
        `SlurmdPidFile=${at('slurmd.pid')}`,
        `SlurmctldLogFile=${at('slurmctld.log')}`,
        `SlurmdLogFile=${at('slurmd.log')}`,
        'ProctrackType=proctrack/linuxproc',
        'TaskPlugin=task/none',
        'JobAcctGatherType=jobacct_gather/none',
        'MpiDefault=none',
        'ReturnToService=2',
        'SelectType=select/cons_tres',
        'SelectTypeParameters=CR_CPU',
        `NodeName=${node} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN`,
        `PartitionName=all Nodes=${node} Default=YES MaxTime=INFINITE State=UP`,
        '',
      ].join('\n'),
    );
    slurm.SLURM_CONF = at('slurm.conf');
    const munge = ['--key-file', at('key'), '--socket', at('munge.sock'), '--pid-file', at('munge.pid')];
    daemon('munged', '--foreground', '--force', ...munge, '--log-file', at('munge.log'), '--seed-file', at('seed'));
    await vi.waitUntil(() => readdirSync(folder).includes('munge.sock'), { timeout: 20_000 });
    daemon('slurmctld', '-D');
    daemon('slurmd', '-D', '-N', node);
    const states = () => run('sinfo', ['--noheader', '--format=%T'], slurm).catch(() => '');
    await vi.waitUntil(async () => (await states()).includes('idle'), { timeout: 60_000, interval: 500 });
  });

  afterAll(async () => {
    for (const child of daemons.reverse()) {
      const ended = new Promise((resolve) => child.once('close', resolve));
      if (child.exitCode === null && child.kill('SIGTERM')) await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  test('an array of four tasks, then a merge that waits for them, gives the bits of one process', async () => {
    const out = cli.path('slurm');
    const log = `--output=${join(folder, 'job-%A-%a')}`;
    const array = await run('sbatch', ['--parsable', '--array=1-4', log, example('slurm.sh'), out, ...analysis], slurm);
    await run(
      'sbatch',
      ['--wait', `--dependency=afterok:${array.trim()}`, log, '--wrap', `memgpu merge '${out}'`],
      slurm,
    );
    expect(readdirSync(join(out, 'chunks'))).toHaveLength(4);
    expect(scoresOf(out).equals(whole)).toBe(true);
  });
});

test('Kubernetes: the command of the Job, for each index, gives the bits of one process', async () => {
  const manifest = readFileSync(example('kubernetes.yaml'), 'utf8');
  const completions = Number(/^ {2}completions: (\d+)$/m.exec(manifest)?.[1]);
  const args: string[] = JSON.parse(/ args: (\[.*\])$/m.exec(manifest)![1]!);
  expect(args.at(-1)).toBe(`auto/${completions}`);
  const out = cli.path('kubernetes');
  const mounted = args.flatMap((arg) => {
    if (arg === '/data/f.safetensors') return analysis;
    if (arg === '/data/photos') return [];
    return [arg === '/out/run' ? out : arg];
  });
  for (let index = 0; index < completions; index++) {
    const outcome = await cli.run(mounted, { env: { JOB_COMPLETION_INDEX: `${index}` } });
    expect({ code: outcome.code, stderr: outcome.stderr }).toMatchObject({ code: 0 });
  }
  expect((await cli.run(['merge', out, '--quiet'])).code).toBe(0);
  expect(scoresOf(out).equals(whole)).toBe(true);
});
