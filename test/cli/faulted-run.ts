import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect } from 'vitest';
import { CIFAR, tinyPair } from './inputs.js';
import type { Cli, Outcome, RunOptions } from './run-cli.js';

/** Chunks of 32 and 8 candidates and of 24 external images. */
export const CHUNKS = ['00000.safetensors', '00001.safetensors', '00002.safetensors'] as const;
const SETS = ['--candidates', `${CIFAR}@0-39`, '--external', `${CIFAR}@40-63`];
const CHEAP = ['--augment', 'mae', '--resamples', '100', '--views', '2', '--layers', 'prep.relu,pooled'];

export interface Fault extends RunOptions {
  /** The file whose writing is disturbed, under its own name. */
  readonly file: string;
  /** In the middle of it the disk is full, or the command waits while `during` goes on. */
  readonly kind: 'full' | 'hold';
}

export interface FaultedRuns {
  /** `memgpu analyze` of a tiny pair over three chunks, or over other images. */
  command(out: string, more?: readonly string[], images?: readonly string[]): string[];
  /** Runs it with a fault of the disk. */
  disturbed(args: readonly string[], fault: Fault): Promise<Outcome>;
  /** Where it holds these chunks and no other file, not even a hidden one; their bytes are those of an undisturbed run. */
  expectChunks(out: string, chunks: readonly string[]): void;
  /** Resumed, the run ends as an undisturbed one does: the same files, the same bits of the scores. */
  expectResumed(out: string): Promise<void>;
  /** Whether all but chunks and `run.json` is absent. */
  expectNoOutputs(out: string): void;
  /** A run that nothing disturbed. */
  readonly whole: string;
}

/** Runs of which each has a fault, beside one that has none. */
export function useFaultedRuns(cli: Cli): FaultedRuns {
  const preload = pathToFileURL(new URL('disk-fault.mjs', import.meta.url).pathname).href;
  const whole = cli.path('undisturbed');
  let pair: { f: string; g: string };
  const command = (out: string, more: readonly string[] = [], images: readonly string[] = SETS) => [
    ...['analyze', pair.f, '--reference', pair.g, ...images, ...CHEAP, '--batch', '8', '--out', out],
    ...more,
  ];
  beforeAll(async () => {
    pair = tinyPair(cli);
    const { code, stderr } = await cli.run(command(whole));
    expect(code, stderr).toBe(0);
  });
  return {
    command,
    whole,
    disturbed: (args, { kind, file, ...options }) =>
      cli.run(args, {
        ...options,
        env: { NODE_OPTIONS: `--import ${preload}`, FAULT: kind, FAULT_FILE: file, FAULT_GATE: gateIn(cli) },
      }),
    expectChunks(out, chunks) {
      expect(readdirSync(`${out}/chunks`).sort()).toEqual([...chunks]);
      for (const name of chunks) {
        const [found, wanted] = [out, whole].map((of) => readFileSync(`${of}/chunks/${name}`));
        expect(found!.equals(wanted!), name).toBe(true);
      }
    },
    expectNoOutputs: (out) => expect(readdirSync(out).sort()).toEqual(['chunks', 'run.json']),
    async expectResumed(out) {
      const { code, stderr } = await cli.run(command(out, ['--resume']));
      expect(code, stderr).toBe(0);
      expectSame(out, whole);
    },
  };
}

/** The same files, and none beside them; the same bits of the scores. */
export function expectSame(out: string, wanted: string): void {
  const filesOf = (of: string) => readdirSync(of, { recursive: true }).map(String).sort();
  expect(filesOf(out)).toEqual(filesOf(wanted));
  const scores = (of: string) => readFileSync(`${of}/scores.safetensors`);
  expect(scores(out).equals(scores(wanted))).toBe(true);
}

/** One line that names the code, one that says what to do, and no stack. */
export function expectRefused({ code, signal, stdout, stderr }: Outcome, exit: number, message: string): void {
  expect({ code, signal, stdout, stderr }).toEqual({
    code: exit,
    signal: null,
    stdout: '',
    stderr: expect.stringContaining(`memgpu: ${message}`),
  });
  expect(stderr).toMatch(/\nhint: .+\n$/);
  expect(stderr).not.toMatch(/\n\s+at /);
}

/** While this file is there, a command that is held waits. */
const gateIn = (cli: Cli) => cli.path('gate');

/** Holds a command in the middle of a write, acts, and lets it go on. */
export function whileHeld(cli: Cli, act: (process: Held) => void | Promise<void>): Pick<RunOptions, 'during'> {
  writeFileSync(gateIn(cli), '');
  return {
    async during(process) {
      await said(process, 'held in the middle of a write');
      try {
        await act(process);
      } finally {
        rmSync(gateIn(cli), { force: true });
      }
    },
  };
}

type Held = Parameters<NonNullable<RunOptions['during']>>[0];

/** Waits until a process has said something, or has ended. */
export async function said(process: Held, text: string): Promise<void> {
  while (!process.stderr.includes(text) && process.running) await pause();
}

/** Waits until a file is there, or the process has ended. */
export async function written(process: Held, path: string): Promise<void> {
  while (!existsSync(path) && process.running) await pause();
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
