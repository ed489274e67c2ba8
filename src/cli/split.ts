import type { Command } from 'commander';
import { type SplitFile, splitDataset } from '../images/split.js';
import { openDataset } from '../platform/node-images.js';
import { writeWhole } from '../platform/whole-files.js';
import { wholeNumber } from './numbers.js';
import { checkOutputFile, datasetFiles } from './output-file.js';
import { addOutputFlags, type OutputFlags, openTerminal } from './terminal.js';

interface SplitFlags extends OutputFlags {
  readonly out: string;
  readonly seed: number;
  readonly external?: string;
  readonly force?: boolean;
}

export function addSplitCommand(program: Command): void {
  const command = program
    .command('split')
    .description("write an index file by the paper's protocol: 80 % shared, 10 % candidates, 10 % independent")
    .argument('<dataset>', 'images to split')
    .requiredOption('--out <FILE>', 'JSON file; DATASET@FILE:candidates then selects a part')
    .option('--seed <N>', 'of the shuffle', wholeNumber('--seed', 0, 2 ** 32 - 1), 0)
    .option('--external <DATASET>', 'another dataset (the test images), listed whole as external')
    .option('--force', 'replace the file --out; never an input, a link or a device');
  addOutputFlags(command, 'print the sizes as one JSON document');
  command.addHelpText(
    'after',
    '\nExample:\n  memgpu split train.bin --external test.bin --out split.json\n  memgpu analyze f.safetensors train.bin@split.json:candidates --external test.bin@split.json:external',
  );
  command.action(runSplit);
}

async function runSplit(spec: string, flags: SplitFlags): Promise<void> {
  const terminal = openTerminal(flags);
  const inputs = flags.external === undefined ? [spec] : [spec, flags.external];
  await checkOutputFile(flags.out, flags.force === true, (await Promise.all(inputs.map(datasetFiles))).flat());
  const dataset = await openDataset(spec);
  const external = flags.external === undefined ? undefined : await openDataset(flags.external);
  try {
    const split = splitDataset(dataset, flags.seed, external ? { external } : {});
    await writeWhole(flags.out, splitText(split));
    const sizes = Object.fromEntries(
      Object.entries(split).flatMap(([set, list]) => (Array.isArray(list) ? [[set, list.length]] : [])),
    );
    if (flags.json) terminal.print(JSON.stringify({ out: flags.out, seed: flags.seed, sizes }, null, 2));
    else {
      const said = Object.entries(sizes).map(([set, n]) => `${n} ${set}`);
      terminal.say(`Written to ${flags.out}: ${said.join(', ')}`);
    }
  } finally {
    await dataset.close?.();
    await external?.close?.();
  }
}

/** JSON with one key a line. */
function splitText(split: SplitFile): string {
  const lines = Object.entries(split).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}
