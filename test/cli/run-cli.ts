import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Beside the installed packages, which the bundle leaves outside. */
const CACHE = join(ROOT, 'node_modules/.cache/memgpu-test');

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Milliseconds after which it is killed. */
  readonly limit?: number;
  /** Called while it runs. */
  readonly during?: (process: {
    readonly stderr: string;
    readonly running: boolean;
    kill(signal: NodeJS.Signals): void;
  }) => Promise<void>;
}

export interface Cli {
  /** The folder of the bundle. */
  readonly home: string;
  /** A folder for the files of these tests. */
  readonly folder: string;
  /** A path in it. */
  path(name: string): string;
  /** Runs `memgpu ARGS` in a process of its own. */
  run(args: readonly string[], options?: RunOptions): Promise<Outcome>;
}

/** Builds the command once for a test file, as `scripts/build.mjs` does, and removes everything in the end. */
export function useCli(): Cli {
  mkdirSync(CACHE, { recursive: true });
  const home = mkdtempSync(join(CACHE, 'cli-'));
  const folder = mkdtempSync(join(tmpdir(), 'memgpu-cli-'));
  const entry = join(home, 'memgpu.js');
  beforeAll(() =>
    build({
      entryPoints: [join(ROOT, 'src/cli/memgpu.ts')],
      bundle: true,
      format: 'esm',
      target: 'es2022',
      platform: 'node',
      packages: 'external',
      loader: { '.wgsl': 'text' },
      sourcemap: 'inline',
      outfile: entry,
      logLevel: 'error',
    }),
  );
  afterAll(() => {
    for (const made of [home, folder]) rmSync(made, { recursive: true, force: true });
  });
  return { home, folder, path: (name) => join(folder, name), run: (args, options) => runNode(entry, args, options) };
}

const LIMIT_MS = 100_000;

async function runNode(
  entry: string,
  args: readonly string[],
  { env, cwd, limit = LIMIT_MS, during }: RunOptions = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, ['--enable-source-maps', entry, ...args], {
    env: { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    timeout: limit,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (part) => {
    stdout += String(part);
  });
  child.stderr.on('data', (part) => {
    stderr += String(part);
  });
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  await during?.({
    get stderr() {
      return stderr;
    },
    get running() {
      return child.exitCode === null && child.signalCode === null;
    },
    kill: (signal) => void child.kill(signal),
  });
  return ended;
}
