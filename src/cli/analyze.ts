import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { writeSafetensors } from '../checkpoints/safetensors-writer.js';
import { loadEncoder } from '../index.node.js';
import { analyze } from '../library.js';
import { openNodeGpu } from '../platform/node-gpu.js';
import { nodeDecoder } from '../platform/node-images.js';
import { openPath } from '../platform/path-source.js';
import { reportJson } from '../report/json.js';
import { scoreTensors } from '../report/scores.js';
import { terminalSummary } from '../report/terminal.js';
import { addAnalysisFlags, givenAnalysisFlags, resolveAnalysisFlags } from './analysis-flags.js';
import { openViewsFile } from './views-file.js';

export function addAnalyzeCommand(program: Command, _home: URL): void {
  const command = program
    .command('analyze')
    .argument('[encoder]')
    .option('--reference <ENCODER>')
    .option('--views-from <FILE>')
    .option('--out <DIR>', '', 'memgpu-out')
    .option('--adapter <NAME>', '', 'auto');
  addAnalysisFlags(command);
  command.action(async (encoder: string, flags: Record<string, string>) => {
    const options = resolveAnalysisFlags(givenAnalysisFlags(flags));
    await using views = await openViewsFile(flags.viewsFrom!);
    await using gpu = await openNodeGpu({ adapter: flags.adapter! });
    using f = await loadEncoder(gpu, encoder);
    using g = await loadEncoder(gpu, flags.reference!);
    const result = await analyze(
      { openPath, decode: nodeDecoder() },
      { encoder: f, reference: g, givenViews: views, ...options },
    );
    await mkdir(flags.out!, { recursive: true });
    await writeFile(join(flags.out!, 'report.json'), reportJson(result.report));
    await writeFile(join(flags.out!, 'scores.safetensors'), writeSafetensors(scoreTensors(result.scores)));
    process.stdout.write(`${terminalSummary(result.report).join('\n')}\n`);
  });
}
