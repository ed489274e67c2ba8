import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { serveFolder } from '../platform/static-site.js';
import { wholeNumber } from './numbers.js';

/** `memgpu bench page`: the benchmark of the kernels for browsers, as most GPUs are reached through one. */
export function addBenchPageCommand(bench: Command, home: URL): void {
  bench
    .command('page')
    .description('serve a page on this machine that measures the kernels in a browser')
    .option('--port <N>', 'port of 127.0.0.1; 0 takes one that is free', wholeNumber('--port', 0, 65_535), 0)
    .action(({ port }: { readonly port: number }) => runBenchPage(port, home));
}

/** Serves until the process is interrupted. */
async function runBenchPage(port: number, home: URL): Promise<void> {
  await using site = await serveFolder(fileURLToPath(new URL('bench-page/', home)), port);
  process.stdout.write(`${site.address}\n`);
  process.stderr.write('Open this address in a browser with WebGPU; Ctrl-C ends the server.\n');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
