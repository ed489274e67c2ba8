import { serveFolder } from '../platform/static-site.js';

/**
 * Serves a folder on this machine, as `serveFolder` says, until the process is interrupted; prints its address.
 * @param opened called with the address once it is served
 */
export async function serveUntilInterrupted(
  folder: string,
  port: number,
  below: Readonly<Record<string, string>> = {},
  opened: (address: string) => void = () => {},
): Promise<void> {
  await using site = await serveFolder(folder, port, below);
  process.stdout.write(`${site.address}\n`);
  process.stderr.write('Open this address in a browser with WebGPU; Ctrl-C ends the server.\n');
  opened(site.address);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
