/**
 * The Chromium that browser tests start: the one that the variable CHROMIUM names, else the one inside the optional
 * package @sparticuz/chromium (Linux on x64), unpacked once into node_modules/.cache. It needs no root, no download
 * and no system library beyond glibc.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { readArchive } from '../../src/platform/archive.js';

export interface Browser {
  readonly executablePath: string;
  readonly env: Record<string, string>;
}

/** For a page to get a WebGPU adapter without a GPU. */
const ARGS = ['--enable-unsafe-webgpu'];

/** @returns why no browser can be started here, or null */
export function whyNoChromium(): string | null {
  if (process.env.CHROMIUM) return null;
  const other = 'set CHROMIUM to the path of a Chromium or Chrome';
  if (process.platform !== 'linux' || process.arch !== 'x64') return `none is bundled for this platform; ${other}`;
  return packageFolder() === null ? `the optional package @sparticuz/chromium is not installed; ${other}` : null;
}

/** Playwright's launch options; nothing is unpacked until they are read. */
export const launchOptions = {
  args: ARGS,
  get executablePath(): string {
    return chromium().executablePath;
  },
  get env(): Record<string, string> {
    return chromium().env;
  },
};

let found: Browser | undefined;

export function chromium(): Browser {
  found ??= locate();
  return found;
}

function locate(): Browser {
  const env = inheritedEnv();
  if (env.CHROMIUM) return { executablePath: env.CHROMIUM, env };
  const source = packageFolder();
  if (source === null) throw new Error(`No Chromium to test with: ${whyNoChromium()}`);
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { version: string };
  const folder = fileURLToPath(new URL(`../../node_modules/.cache/chromium-${version}`, import.meta.url));
  if (!existsSync(folder)) unpack(source, folder);
  const executablePath = join(folder, 'chromium');
  env.FONTCONFIG_FILE = join(folder, 'fonts.xml');
  if (spawnSync(executablePath, ['--version'], { env }).status !== 0) env.LD_LIBRARY_PATH = join(folder, 'system/lib');
  return { executablePath, env };
}

/** This process's variables, but for those that would point the browser at Node's own Vulkan driver. */
function inheritedEnv(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && name !== 'VK_DRIVER_FILES' && name !== 'VK_ICD_FILENAMES') env[name] = value;
  }
  return env;
}

function packageFolder(): string | null {
  try {
    let folder = dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium'));
    while (!existsSync(join(folder, 'bin/chromium.br'))) {
      if (folder === dirname(folder)) return null;
      folder = dirname(folder);
    }
    return folder;
  } catch {
    return null;
  }
}

/** Unpacks beside `folder` and renames, so that a folder of that name is whole; another process may be first. */
function unpack(source: string, folder: string): void {
  const temporary = `${folder}.${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  const packed = (name: string): Uint8Array => readFileSync(join(source, 'bin', name));
  for (const [name, target] of [
    ['swiftshader.tar.br', temporary],
    ['fonts.tar.br', temporary],
    ['al2023.tar.br', join(temporary, 'system')],
  ] as const) {
    for (const { path, data } of readArchive(packed(name), name)) {
      mkdirSync(dirname(join(target, path)), { recursive: true });
      writeFileSync(join(target, path), data, { mode: 0o755 });
    }
  }
  writeFileSync(join(temporary, 'chromium'), brotliDecompressSync(packed('chromium.br')), { mode: 0o755 });
  writeFileSync(join(temporary, 'fonts.xml'), fontConfiguration(folder));
  try {
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(join(folder, 'chromium'))) throw error;
  }
}

/** The package's own names folders that exist only where it was made for. */
function fontConfiguration(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts')}</dir>
  <cachedir>${join(folder, 'font-cache')}</cachedir>
</fontconfig>
`;
}
