import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { serveFolder } from '../platform/static-site.js';
import { findDemo } from './demo.js';
import { wholeNumber } from './numbers.js';

const EXAMPLES = `
The page computes in the browser: checkpoints and images that are dropped there go nowhere. It is static files, which
any host can carry; docs/page.md says how.

Examples:
  memgpu serve --open
  memgpu serve --port 8080`;

/** `memgpu serve`: the page that analyses encoders in a browser. */
export function addServeCommand(program: Command, home: URL): void {
  program
    .command('serve')
    .description('serve a page on this machine that analyses encoders in a browser')
    .option('--port <N>', 'port of 127.0.0.1; 0 takes one that is free', wholeNumber('--port', 0, 65_535), 0)
    .option('--open', "open it in this machine's browser")
    .addHelpText('after', EXAMPLES)
    .action(({ port, open }: { readonly port: number; readonly open?: boolean }) =>
      runServe(port, open === true, home),
    );
}

/** Serves until the process is interrupted. */
async function runServe(port: number, open: boolean, home: URL): Promise<void> {
  const demo = dirname(findDemo(home).encoder);
  await using site = await serveFolder(fileURLToPath(new URL('site/', home)), port, { demo });
  process.stdout.write(`${site.address}\n`);
  process.stderr.write('Open this address in a browser with WebGPU; Ctrl-C ends the server.\n');
  if (open) openInBrowser(site.address);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/** Where there is no browser to open, the address that was printed does. */
function openInBrowser(address: string): void {
  const [command, ...before] = OPENERS[process.platform] ?? ['xdg-open'];
  const opener = spawn(command, [...before, address], { stdio: 'ignore', detached: true });
  opener.on('error', () => process.stderr.write('No browser could be opened; open the address yourself.\n'));
  opener.unref();
}
