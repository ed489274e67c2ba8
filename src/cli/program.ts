import { Command } from 'commander';
import { VERSION } from '../version.js';
import { addAnalyzeCommand } from './analyze.js';

/** All commands. What they throw comes out of `parseAsync`; nothing ends the process. */
export function createProgram(home: URL): Command {
  const program = new Command('memgpu')
    .description('Find where a vision encoder memorized its training images, on WebGPU.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .showSuggestionAfterError();
  addAnalyzeCommand(program, home);
  return program;
}
