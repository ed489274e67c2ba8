import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Program, Served } from '../program.js';

/** A line that a peer's process is sent; it answers each with one line of JSON on stdout, starting with `> `. */
export type Request = { readonly open: string; readonly reference: string } | { readonly run: true };

/** Answers requests until stdin ends. */
export async function serve(program: Program): Promise<never> {
  const served = new Served(program);
  const answer = (value: unknown) => process.stdout.write(`> ${JSON.stringify(value)}\n`);
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as Request;
    try {
      answer(
        'open' in request ? await served.open(request.open, readReference(request.reference)) : await served.run(),
      );
    } catch (error) {
      answer({ error: (error as Error).message });
    }
  }
  process.exit(0);
}

function readReference(path: string): Float64Array {
  return new Float64Array(new Uint8Array(readFileSync(path)).buffer);
}
