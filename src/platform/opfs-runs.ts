/**
 * Finished chunks of runs in the origin's private file system, where they outlast a page: per run a folder
 * `memgpu/runs/KEY` with `run.json` and `chunks/`. For a dedicated worker: only there files are read without waiting.
 */
import type { ChunkFiles } from '../chunk-file.js';
import { MemgpuError } from '../errors.js';
import type { RunFile } from '../run-identity.js';
import { openSync, ownFolder, type SyncHandle, writeWhole } from './opfs-files.js';

/** A run as it is kept. */
export interface KeptRunFacts {
  readonly key: string;
  readonly created: string;
  readonly inputs: RunFile['inputs'];
  /** What its page wanted to find beside it. */
  readonly remembered: unknown;
  readonly finished: boolean;
  readonly chunks: number;
  readonly bytes: number;
}

export interface KeptRuns {
  /** The last begun first. */
  list(): Promise<KeptRunFacts[]>;
  /**
   * The place of a run, with the chunks that it holds already; finished runs of other keys make room for it.
   * @returns null where there is no room for it
   * @throws IO where the run is open in another tab
   */
  open(run: RunFile, remembered: unknown): Promise<KeptRun | null>;
  remove(key: string): Promise<void>;
}

export interface KeptRun {
  /**
   * @param tell is told once that chunks can no longer be kept and why; from then on they last as long as the page
   */
  files(tell: (message: string) => void): ChunkFiles;
  finish(): Promise<void>;
  /** Lets go of its files; what was written stays. */
  close(): Promise<void>;
}

const RUN_FILE = 'run.json';
const FINISHED = 'finished';
const CHUNKS = 'chunks';
const KEY = /^[0-9a-f]{64}$/;
const FULL =
  'The browser does not let this page store more: the run goes on, but after a reload it would have only the parts stored so far.';

/** @returns null where the browser offers no such file system, or refuses it, as in some private windows */
export async function openKeptRuns(): Promise<KeptRuns | null> {
  let folder: FileSystemDirectoryHandle;
  try {
    folder = await (await ownFolder()).getDirectoryHandle('runs', { create: true });
  } catch {
    return null;
  }
  const list = async () => {
    const found: KeptRunFacts[] = [];
    for await (const [key, handle] of folder.entries()) {
      const facts =
        KEY.test(key) && handle.kind === 'directory' ? await factsOf(key, handle as FileSystemDirectoryHandle) : null;
      if (facts) found.push(facts);
    }
    return found.sort((a, b) => (a.created < b.created ? 1 : -1));
  };
  const remove = (key: string) => folder.removeEntry(key, { recursive: true }).catch(ifGone);
  return {
    list,
    remove,
    async open(run, remembered) {
      const release = await lockRun(run.key);
      try {
        for (const { key, finished } of await list()) if (finished && key !== run.key) await remove(key);
        const place = await folder.getDirectoryHandle(run.key, { create: true });
        const chunks = await place.getDirectoryHandle(CHUNKS, { create: true });
        const { key, created, inputs } = run;
        await writeWhole(
          place,
          RUN_FILE,
          new TextEncoder().encode(JSON.stringify({ key, created, inputs, remembered })),
        ).catch(() => {});
        const open = new Map<number, SyncHandle>();
        return {
          files: (tell) => chunkFiles(chunks, open, tell),
          // Where there is no room for the mark, the run is found unfinished, with all of its chunks.
          finish: () => writeWhole(place, FINISHED, new Uint8Array(0)).catch(() => {}),
          async close() {
            for (const handle of open.values()) handle.close();
            open.clear();
            release();
          },
        };
      } catch {
        release();
        return null;
      }
    },
  };
}

async function factsOf(key: string, place: FileSystemDirectoryHandle): Promise<KeptRunFacts | null> {
  try {
    const run = JSON.parse(await (await (await place.getFileHandle(RUN_FILE)).getFile()).text());
    let [chunks, bytes, finished] = [0, 0, false];
    for await (const handle of (await place.getDirectoryHandle(CHUNKS)).values()) {
      chunks += 1;
      bytes += (await (handle as FileSystemFileHandle).getFile()).size;
    }
    for await (const name of place.keys()) finished ||= name === FINISHED;
    return { key, created: run.created, inputs: run.inputs, remembered: run.remembered, finished, chunks, bytes };
  } catch {
    // Another tab is at it, or it was cut off while it began.
    return null;
  }
}

function chunkFiles(
  folder: FileSystemDirectoryHandle,
  open: Map<number, SyncHandle>,
  tell: (message: string) => void,
): ChunkFiles {
  const held = new Map<number, Uint8Array>();
  let told = false;
  const name = (number: number) => `${String(number).padStart(5, '0')}.safetensors`;
  const shut = (number: number) => {
    open.get(number)?.close();
    open.delete(number);
  };
  const openForParts = async (number: number) => {
    shut(number);
    const handle = await folder.getFileHandle(name(number));
    open.set(number, await openSync(handle)({ mode: 'read-only' }));
  };
  return {
    async read(number) {
      try {
        const bytes = new Uint8Array(await (await (await folder.getFileHandle(name(number))).getFile()).arrayBuffer());
        await openForParts(number);
        return bytes;
      } catch {
        return held.get(number) ?? null;
      }
    },
    async write(number, bytes) {
      shut(number);
      try {
        await writeWhole(folder, name(number), bytes);
        await openForParts(number);
      } catch {
        held.set(number, bytes);
        if (!told) tell(FULL);
        told = true;
      }
    },
    readPart(number, offset, into) {
      const bytes = held.get(number);
      if (bytes) {
        into.set(bytes.subarray(offset, offset + into.byteLength));
        return;
      }
      if (open.get(number)?.read(into, { at: offset }) === into.byteLength) return;
      throw new MemgpuError('IO', `part ${number} of the run was removed from the browser's storage`, {
        hint: 'Run the analysis again.',
      });
    },
  };
}

/** @returns what lets go of the run @throws IO where another tab has it */
async function lockRun(key: string): Promise<() => void> {
  if (!navigator.locks) return () => {};
  return new Promise((resolve, reject) => {
    const busy = () =>
      reject(
        new MemgpuError('IO', 'this run is going on in another tab', {
          hint: 'Wait for it, or cancel it there.',
        }),
      );
    navigator.locks
      .request(`memgpu run ${key}`, { ifAvailable: true }, (lock) => {
        if (!lock) return busy();
        return new Promise<void>((release) => resolve(release));
      })
      .catch(reject);
  });
}

function ifGone(error: unknown): void {
  if ((error as DOMException).name !== 'NotFoundError') throw error;
}
