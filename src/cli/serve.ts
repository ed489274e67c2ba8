import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { findDemo } from './demo.js';
import { wholeNumber } from './numbers.js';
import { serveUntilInterrupted } from './serve-until-interrupted.js';

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
      serveUntilInterrupted(
        fileURLToPath(new URL('site/', home)),
        port,
        { demo: dirname(findDemo(home).encoder) },
        open ? openInBrowser : undefined,
      ),
    );
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
