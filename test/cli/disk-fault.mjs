// Preloaded into the command by a test: the disk is full (FAULT=full) or waits (FAULT=hold) in the middle of writing FAULT_FILE.
import { existsSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const { FAULT: kind, FAULT_FILE: target, FAULT_GATE: gate } = process.env;
const promises = createRequire(import.meta.url)('node:fs/promises');
const { open } = promises;
promises.open = async (path, ...how) => {
  const handle = await open(path, ...how);
  // It is written under a name of its own.
  if (!basename(String(path)).startsWith(`.${target}.`)) return handle;
  const write = handle.write.bind(handle);
  handle.write = async (bytes, from, length, position) => {
    const { bytesWritten } = await write(bytes, from, Math.ceil(length / 2), position);
    if (kind === 'full') throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    process.stderr.write('held in the middle of a write\n');
    while (existsSync(gate)) await setTimeout(5);
    handle.write = write;
    return { bytesWritten };
  };
  return handle;
};
syncBuiltinESMExports();
