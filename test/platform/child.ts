import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Outcome {
  /** Null where the process was ended by `signal`. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program extends Disposable {
  /** Runs it in a process of its own; one that does not end within `limit` ms is killed. */
  run(args?: readonly string[], env?: Readonly<Record<string, string>>, limit?: number): Promise<Outcome>;
}

/** A TypeScript program, its imports relative to the repository's root, made runnable by plain Node. */
export async function program(source: string): Promise<Program> {
  const name = `child-${process.pid}-${Math.random().toString(36).slice(2)}.mjs`;
  const file = join(ROOT, 'node_modules/.cache/memgpu-test', name);
  mkdirSync(dirname(file), { recursive: true });
  await build({
    stdin: { contents: source, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    target: 'es2022',
    loader: { '.wgsl': 'text' },
    outfile: file,
    logLevel: 'error',
  });
  return {
    run: (args = [], env = {}, limit = 60_000) => runNode(file, args, env, limit),
    [Symbol.dispose]: () => rmSync(file, { force: true }),
  };
}

function runNode(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  limit: number,
): Promise<Outcome> {
  const child = spawn(process.execPath, [file, ...args], { env: { ...process.env, ...env }, timeout: limit });
  const out: string[] = [];
  const err: string[] = [];
  child.stdout.on('data', (part) => out.push(String(part)));
  child.stderr.on('data', (part) => err.push(String(part)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout: out.join(''), stderr: err.join('') }));
  });
}
