import type { Command } from 'commander';
import { addBenchKernelsCommand } from './bench-kernels.js';
import { addBenchModelsCommand } from './bench-models.js';
import { addBenchPageCommand } from './bench-page.js';

/** `memgpu bench`: how fast this machine is, by commands of its own. */
export function addBenchCommand(program: Command, home: URL): void {
  const bench = program.command('bench').description('measure the speed of this machine');
  addBenchKernelsCommand(bench);
  addBenchModelsCommand(bench);
  addBenchPageCommand(bench, home);
}
