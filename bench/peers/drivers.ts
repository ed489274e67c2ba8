import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Browser } from 'playwright-core';
import type { PeerPage } from './in-page/serve.js';
import type { Opened } from './program.js';

/** A peer in its own page or process, driven one run at a time. */
export interface Driver {
  open(job: string): Promise<Opened>;
  /** @returns ms, measured where it runs */
  run(): Promise<number>;
  close(): Promise<void>;
}

/** ms until a peer that does not answer is given up. */
const PATIENCE = 900_000;

async function patiently<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE / 1000} s`)), PATIENCE);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A page of its own, so that each peer has a device of its own. */
export async function pageDriver(browser: Browser, origin: string, program: string): Promise<Driver> {
  const page = await browser.newPage();
  const said: string[] = [];
  page.on('pageerror', ({ message }) => said.push(message));
  page.on('crash', () => said.push('the page crashed'));
  await page.goto(`${origin}/page/${program}`);
  const call = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await patiently(work);
    } catch (error) {
      throw new Error([firstLine(error), ...said].join('; '));
    }
  };
  type Page = { readonly peer: PeerPage };
  return {
    open: (job) => call(page.evaluate((name) => (globalThis as unknown as Page).peer.open(name), job)),
    run: () => call(page.evaluate(() => (globalThis as unknown as Page).peer.run())),
    close: () => page.close(),
  };
}

/**
 * A program that answers each line on stdin with a line on stdout that starts with `> `.
 * @param request the lines' contents for opening a job
 */
export function processDriver(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  request: (job: string) => unknown,
  opened: (answer: unknown) => Opened = (answer) => answer as Opened,
): Driver {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const errors: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  const ended = endOf(child, errors);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (question: unknown): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const answer = await patiently(Promise.race([ended, nextAnswer(lines)]));
    const { error } = answer as { error?: string };
    if (error !== undefined) throw new Error(error);
    return answer;
  };
  return {
    open: async (job) => opened(await ask(request(job))),
    run: async () => (await ask({ run: true })) as number,
    async close() {
      child.stdin.end();
      child.kill();
      await ended.catch(() => {});
    },
  };
}

/** Rejects when the process ends, with what it said last. */
function endOf(child: ChildProcess, errors: readonly string[]): Promise<never> {
  const ended = new Promise<never>((_, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const last = errors.join('').trim().split('\n').at(-1);
      reject(new Error(last || `the process ended with ${code ?? signal}`));
    });
  });
  ended.catch(() => {});
  child.stdin?.on('error', () => {});
  return ended;
}

async function nextAnswer(lines: AsyncIterator<string>): Promise<unknown> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) return new Promise(() => {});
    if (value.startsWith('> ')) return JSON.parse(value.slice(2));
  }
}

function firstLine(error: unknown): string {
  return (error as Error).message.split('\n', 1)[0]!.replace(/^page\.evaluate: /, '');
}
