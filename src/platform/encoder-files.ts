import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FileTree, type FoundCheckpoint, findCheckpointAmong } from './find-checkpoint.js';
import { openPath } from './path-source.js';

const DISK: FileTree = {
  kind: (path) =>
    stat(path).then(
      (found) => (found.isDirectory() ? 'folder' : found.isFile() ? 'file' : null),
      () => null,
    ),
  open: openPath,
  join,
  split: (path) => [dirname(path), basename(path)],
};

/** The checkpoint that a path on disk means, as `findCheckpointAmong` says. @throws IO, UNKNOWN_ARCHITECTURE */
export function findCheckpoint(input: string | URL): Promise<FoundCheckpoint> {
  return findCheckpointAmong(DISK, typeof input === 'string' ? input : fileURLToPath(input));
}
