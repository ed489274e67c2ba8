/** Files in the origin's private file system. For a dedicated worker: only there they are read without waiting. */

/** What TypeScript knows of workers only. */
export interface SyncHandle {
  read(into: Uint8Array, options: { readonly at: number }): number;
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}
type OpenSync = (options?: { readonly mode: 'read-only' }) => Promise<SyncHandle>;

/** The folder of everything that is kept here. @throws what the browser throws where it keeps nothing */
export async function ownFolder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle('memgpu', { create: true });
}

/** Opens a file to be read and written without waiting. */
export function openSync(handle: FileSystemFileHandle): OpenSync {
  return (handle as unknown as { createSyncAccessHandle: OpenSync }).createSyncAccessHandle.bind(handle);
}

/** Whole or not at all where the browser swaps files in; elsewhere a chunk's checksum tells one that was cut off. */
export async function writeWhole(folder: FileSystemDirectoryHandle, name: string, bytes: Uint8Array): Promise<void> {
  const handle = await folder.getFileHandle(name, { create: true });
  if ('createWritable' in handle) {
    const stream = await handle.createWritable();
    try {
      await stream.write(bytes as Uint8Array<ArrayBuffer>);
      await stream.close();
    } catch (error) {
      await stream.abort().catch(() => {});
      await folder.removeEntry(name).catch(() => {});
      throw error;
    }
    return;
  }
  const file = await openSync(handle)();
  try {
    file.truncate(0);
    if (file.write(bytes, { at: 0 }) !== bytes.byteLength) throw new Error('not all bytes were written');
    file.flush();
  } finally {
    file.close();
  }
}
