import type { Dirent, Stats } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { isAbsolute, join, relative, sep } from 'node:path';
import { isSafetensors } from '../checkpoints/is-safetensors.js';
import { openSafetensors } from '../checkpoints/safetensors.js';
import { MemgpuError } from '../errors.js';
import { openCifar } from '../images/cifar.js';
import type { CodecName } from '../images/codec.js';
import type { IndexedDataset } from '../images/dataset.js';
import { createDecoder, type Decode } from '../images/decode.js';
import { type FolderEntry, isPicturePath, openFolder } from '../images/folder.js';
import { quoted } from '../images/names.js';
import { resolveSelection, select, splitSpec } from '../images/selection.js';
import { openTensorImages } from '../images/tensor-images.js';
import { openPath } from './path-source.js';

const WASM: Record<CodecName, string> = {
  png: '@jsquash/png/codec/pkg/squoosh_png_bg.wasm',
  jpeg: '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
  webp: '@jsquash/webp/codec/dec/webp_dec.wasm',
};

/** Largest index or list file of a selection. */
const MAX_TEXT_BYTES = 256 * 2 ** 20;

/** Compiles a codec from the installed package. @throws IO where the package is missing */
export async function loadWasm(name: CodecName): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(await readFile(createRequire(import.meta.url).resolve(WASM[name])));
  } catch (cause) {
    throw new MemgpuError('IO', `the ${name.toUpperCase()} decoder ${WASM[name]} cannot be loaded`, {
      hint: 'Install memgpu again, with its dependencies.',
      cause,
    });
  }
}

/** A decoder for PNG, JPEG and WebP; each codec is loaded when it is first needed. */
export function nodeDecoder(): Decode {
  return createDecoder(loadWasm);
}

/**
 * Opens what the command line calls a DATASET: a folder of pictures, a CIFAR binary, or a safetensors file with
 * `images`, each optionally with `@SELECTION`.
 *
 * @param decode for a folder's pictures
 * @throws IO for a path that cannot be read; BAD_DATASET, BAD_SAFETENSORS for one that is no dataset; BAD_OPTION for a
 *   selection beyond it
 */
export async function openDataset(spec: string, decode: Decode = nodeDecoder()): Promise<IndexedDataset> {
  const { source, selection } = await splitSpec(spec, async (path) => (await statOf(path)) !== undefined);
  const dataset = await openSource(source, decode);
  if (!selection) return dataset;
  try {
    return select(dataset, await resolveSelection(selection, dataset, readText), spec);
  } catch (error) {
    await dataset.close?.();
    throw error;
  }
}

async function openSource(path: string, decode: Decode): Promise<IndexedDataset> {
  const kind = await statOf(path);
  if (!kind) {
    const hint = path.includes('@')
      ? 'A selection after @ is a range (0-499), FILE.json:KEY or NAMES.txt.'
      : 'Give a folder of pictures, a CIFAR binary or a safetensors file.';
    throw new MemgpuError('IO', `${quoted(path)} does not exist`, { hint });
  }
  if (kind.isDirectory()) return openFolder(path, await listFolder(path), decode);
  if (isPicturePath(path.slice(path.lastIndexOf(sep) + 1))) {
    throw new MemgpuError('BAD_DATASET', `${quoted(path)} is a single picture`, {
      hint: 'Give the folder that it is in.',
    });
  }
  const source = await openPath(path);
  try {
    if (await isSafetensors(source)) return await openTensorImages(await openSafetensors(source));
    return await openCifar(source);
  } catch (error) {
    await source.close?.();
    throw error;
  }
}

/**
 * The pictures of a folder, at any depth and in no order. Hidden files and folders are left out; so are links to
 * folders (they could go in circles) and links to files outside the folder.
 *
 * @throws IO naming a folder that cannot be read
 */
export async function listFolder(root: string): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = [];
  const realRoot = await realpath(root).catch((cause) => {
    throw unreadable(root, cause);
  });
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await entriesOf(join(root, folder))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('.')) folders.push(path);
      } else if (isPicturePath(path)) {
        const file = join(root, path);
        const isInside = entry.isFile() || (entry.isSymbolicLink() && (await linksInside(file, realRoot)));
        if (isInside) entries.push({ path, source: () => openPath(file) });
      }
    }
  }
  return entries;
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw unreadable(folder, cause);
  }
}

async function linksInside(link: string, root: string): Promise<boolean> {
  const kind = await statOf(link);
  if (!kind?.isFile()) return false;
  const way = relative(root, await realpath(link));
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function readText(path: string): Promise<string> {
  const source = await openPath(path);
  try {
    if (source.size > MAX_TEXT_BYTES)
      throw new MemgpuError('BAD_DATASET', `${quoted(path)} is too large for a selection`);
    return new TextDecoder().decode(await source.read(0, source.size));
  } finally {
    await source.close?.();
  }
}

/** Undefined where there is nothing under this path, or nothing that may be looked at. */
async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}

function unreadable(folder: string, cause: unknown): MemgpuError {
  return new MemgpuError('IO', `${quoted(folder)} cannot be read`, {
    hint: 'Check the path and its permissions.',
    cause,
  });
}
