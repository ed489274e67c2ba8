/**
 * What `scripts/fuzz.mjs` runs in a process of its own: mutants FIRST to END of a format, until DEADLINE (Unix time in ms).
 * It keeps the index of the one at work in the file PROGRESS, for its parent to read after a crash or a hang, and sends
 * findings and counts. FIRST is `save` to write mutant END alone.
 */
import { mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { FORMATS, numbersOf, runMutant } from './run.js';

const [name, seed, first, end, progress, findings, deadline] = process.argv.slice(2) as [
  ...[string, string, string, string, string, string, string],
];
const format = FORMATS.find((one) => one.name === name)!;
const place = openSync(progress, 'w');
const word = new Float64Array(1);
const results: Record<string, number> = {};
let slowest = { milliseconds: 0, index: 0 };
const send = (message: object) => new Promise((resolve) => process.send!(message, resolve));

if (first === 'save') {
  save(Number(end));
  process.exit(0);
}
for (let index = Number(first); index < Number(end) && Date.now() < Number(deadline); index++) {
  word[0] = index;
  writeSync(place, new Uint8Array(word.buffer), 0, 8, 0);
  try {
    const { result, milliseconds } = await runMutant(format, Number(seed), index);
    results[result] = (results[result] ?? 0) + 1;
    if (milliseconds > slowest.milliseconds) slowest = { milliseconds, index };
  } catch (error) {
    results.finding = (results.finding ?? 0) + 1;
    await send({
      finding: { index, what: inspect(error), file: save(index) },
    });
  }
  if (index % 5000 === 4999) await report();
}
await report();
process.disconnect();

async function report(): Promise<void> {
  await send({ results, slowest, peakBytes: 1024 * process.resourceUsage().maxRSS });
}

/** Writes a mutant's bytes for whoever looks into it. */
function save(index: number): string {
  const file = join(findings, `${format.name}-${seed}-${index}.bin`);
  mkdirSync(findings, { recursive: true });
  writeFileSync(file, format.make(numbersOf(Number(seed), index)));
  return file;
}
