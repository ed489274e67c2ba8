import type { Command } from 'commander';
import { layOutSafetensors } from '../checkpoints/safetensors-writer.js';
import { MemgpuError } from '../errors.js';
import { openCheckpoint } from '../library.js';
import { nodeHost } from '../platform/node-host.js';
import { createPending } from '../platform/whole-files.js';
import { byteCount, counted } from '../report/amounts.js';
import { endIfInterrupted, watchInterrupts } from './interrupt.js';
import { checkOutputFile, encoderFiles } from './output-file.js';
import { addOutputFlags, type OutputFlags, openTerminal } from './terminal.js';

/** Tensors may share their bytes in the file, and cannot in safetensors; tied weights come twice, or a few times. */
const GROWTH_MAX = 8;
/** Whatever the growth. */
const SMALL = 1 << 20;

interface ConvertFlags extends OutputFlags {
  readonly force?: boolean;
}

export function addConvertCommand(program: Command): void {
  const command = program
    .command('convert')
    .description('write the tensors of a checkpoint (PyTorch or safetensors) to one safetensors file, bit for bit')
    .argument('<in>', 'path or address of a checkpoint; nothing in it is executed')
    .argument('<out>', 'safetensors file: the same names and types')
    .option('--force', 'replace the file OUT; never the input, a link or a device');
  addOutputFlags(command, 'print what was written as one JSON document');
  command.addHelpText('after', '\nExample:\n  memgpu convert checkpoint.pth encoder.safetensors');
  command.action(runConvert);
}

async function runConvert(input: string, out: string, flags: ConvertFlags): Promise<void> {
  const terminal = openTerminal(flags);
  await checkOutputFile(out, flags.force === true, await encoderFiles(input));
  using interrupt = watchInterrupts(terminal);
  const { checkpoint } = await openCheckpoint(nodeHost(), input);
  try {
    const layout = layOutSafetensors(checkpoint.tensors.values(), Object.fromEntries(checkpoint.metadata));
    if (layout.bytes > GROWTH_MAX * checkpoint.bytes + SMALL) {
      const sizes = `${byteCount(layout.bytes)} from ${byteCount(checkpoint.bytes)}`;
      throw new MemgpuError(
        'BAD_PYTORCH',
        `${checkpoint.name}: its tensors share their bytes and would become ${sizes}`,
      );
    }
    await using file = await createPending(out);
    await file.write(layout.header, 0);
    for (const [name, { offset }] of layout.tensors) {
      await file.write(await checkpoint.readBytes(name), offset);
      endIfInterrupted(interrupt.signal);
    }
    await file.commit();
    const { wrapper = '' } = checkpoint;
    if (flags.json) {
      const tensors = [...checkpoint.tensors.values()].map(({ name, dtype, shape }) => ({ name, dtype, shape }));
      terminal.print(JSON.stringify({ out, bytes: layout.bytes, wrapper, tensors }, null, 2));
    } else {
      const from = wrapper === '' ? '' : ` from ${wrapper}`;
      const size = byteCount(layout.bytes);
      terminal.say(`Written to ${out}: ${counted(checkpoint.tensors.size, 'tensor')}${from}, ${size}`);
    }
  } finally {
    await checkpoint.close();
  }
}
