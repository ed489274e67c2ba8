import { Command } from 'commander';
import { VERSION } from '../version.js';
import { addAnalyzeCommand } from './analyze.js';
import { addBenchCommand } from './bench.js';
import { addConvertCommand } from './convert.js';
import { addDoctorCommand } from './doctor.js';
import { addFeaturesCommand } from './features.js';
import { addInspectCommand } from './inspect.js';
import { addMergeCommand } from './merge.js';
import { addServeCommand } from './serve.js';
import { addSplitCommand } from './split.js';
import { addTuneCommand } from './tune.js';

const EXAMPLES = `
Examples:
  memgpu analyze                                       the demo that ships
  memgpu analyze f.safetensors photos/                 one encoder: alignment and UnitMem
  memgpu analyze f.safetensors photos/ --reference g.safetensors --external others/
  memgpu serve --open                                  the same in a browser, nothing uploaded
  memgpu doctor                                        which adapter is used, and why

Exit codes: 0 done, 1 failure, 2 usage or unusable input, 3 no adapter, 4 out of memory, 5 device lost,
130 interrupted.`;

/** All commands. What they throw comes out of `parseAsync`; nothing ends the process. */
export function createProgram(home: URL): Command {
  const program = new Command('memgpu')
    .description('Find where a vision encoder memorized its training images, on WebGPU.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .showSuggestionAfterError()
    .addHelpText('after', EXAMPLES);
  addAnalyzeCommand(program, home);
  addMergeCommand(program, home);
  addInspectCommand(program);
  addFeaturesCommand(program);
  addSplitCommand(program);
  addConvertCommand(program);
  addDoctorCommand(program);
  addServeCommand(program, home);
  addTuneCommand(program);
  addBenchCommand(program, home);
  return program;
}
