import { expect } from 'vitest';
import { type Program, program } from '../platform/child.js';

/** The command as `npx memgpu` runs it, in a process that says in the end how much memory it took at most. */
const COMMAND = `
import { writeSync } from 'node:fs';
import { main } from './src/cli/main.js';
import { keepHeapSmall } from './src/cli/memory.js';
keepHeapSmall();
process.on('exit', () => writeSync(1, '\\npeak ' + process.resourceUsage().maxRSS));
await main(process.argv.slice(2), new URL(import.meta.url));
`;

export const measuredCommand = (): Promise<Program> => program(COMMAND);

/** The most memory that a command took, in KB. It must end well, within half an hour. */
export async function peakMemory(command: Program, args: readonly string[]): Promise<number> {
  const { code, stdout, stderr } = await command.run(args, {}, 1_800_000);
  expect(code, stderr).toBe(0);
  return Number(/peak (\d+)$/.exec(stdout)?.[1]);
}
