import type { ByteSource } from '../checkpoints/source.js';
import { MemgpuError } from '../errors.js';

/** A checkpoint among files, with what Hugging Face's tools keep beside it. */
export interface FoundCheckpoint {
  readonly path: string;
  /** Parsed JSON of `config.json` and `preprocessor_config.json`, where they are there. */
  readonly config?: { readonly model?: unknown; readonly preprocessor?: unknown };
}

/** Files by path: a disk's, or those that a visitor chose. */
export interface FileTree {
  kind(path: string): Promise<'file' | 'folder' | null>;
  /** @throws IO */
  open(path: string): Promise<ByteSource>;
  join(folder: string, name: string): string;
  /** Folder and last component of a path. */
  split(path: string): readonly [folder: string, name: string];
}

/** The files of a folder that may hold its encoder, the one that is taken first. */
const CHECKPOINTS = ['model.safetensors', 'model.safetensors.index.json', 'pytorch_model.bin'];

export const CONFIGS = { model: 'config.json', preprocessor: 'preprocessor_config.json' } as const;

const CONFIG_MAX = 1_000_000;

/**
 * The checkpoint that a path means: the path itself, or in a folder `model.safetensors`, its index, or
 * `pytorch_model.bin`. Beside a file of one of these names the configs are read; beside any other, files called
 * `config.json` may be anybody's.
 *
 * @throws IO where a folder holds no checkpoint, or a config cannot be read; UNKNOWN_ARCHITECTURE naming a config that
 *   is no JSON or above 1 MB
 */
export async function findCheckpointAmong(files: FileTree, given: string): Promise<FoundCheckpoint> {
  const path = (await files.kind(given)) === 'folder' ? await checkpointIn(files, given) : given;
  const [folder, name] = files.split(path);
  if (!CHECKPOINTS.includes(name)) return { path };
  const model = await readConfig(files, files.join(folder, CONFIGS.model));
  const preprocessor = await readConfig(files, files.join(folder, CONFIGS.preprocessor));
  if (model === undefined && preprocessor === undefined) return { path };
  return {
    path,
    config: { ...(model !== undefined && { model }), ...(preprocessor !== undefined && { preprocessor }) },
  };
}

async function checkpointIn(files: FileTree, folder: string): Promise<string> {
  for (const name of CHECKPOINTS) {
    const path = files.join(folder, name);
    if ((await files.kind(path)) === 'file') return path;
  }
  throw new MemgpuError('IO', `${folder} is a folder without a checkpoint: no ${CHECKPOINTS.join(', no ')}`, {
    hint: 'Give the checkpoint itself.',
  });
}

/** Undefined where there is no such file. */
async function readConfig(files: FileTree, path: string): Promise<unknown> {
  if ((await files.kind(path)) !== 'file') return undefined;
  const source = await files.open(path);
  try {
    if (source.size > CONFIG_MAX) throw badConfig(path, `has ${source.size} bytes, above the limit of ${CONFIG_MAX}`);
    const bytes = await source.read(0, source.size);
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    if (error instanceof MemgpuError) throw error;
    throw badConfig(path, `is no JSON: ${(error as Error).message}`, error);
  } finally {
    await source.close?.();
  }
}

function badConfig(path: string, what: string, cause?: unknown): MemgpuError {
  return new MemgpuError('UNKNOWN_ARCHITECTURE', `${path} ${what}`, {
    hint: 'It says what the checkpoint beside it is: mend it, or move the checkpoint elsewhere.',
    cause,
  });
}
