import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { wholeNumber } from './numbers.js';
import { serveUntilInterrupted } from './serve-until-interrupted.js';

/** `memgpu bench page`: the benchmark of the kernels for browsers, as most GPUs are reached through one. */
export function addBenchPageCommand(bench: Command, home: URL): void {
  bench
    .command('page')
    .description('serve a page on this machine that measures the kernels in a browser')
    .option('--port <N>', 'port of 127.0.0.1; 0 takes one that is free', wholeNumber('--port', 0, 65_535), 0)
    .action(({ port }: { readonly port: number }) =>
      serveUntilInterrupted(fileURLToPath(new URL('bench-page/', home)), port),
    );
}
