/**
 * The software Vulkan driver (SwiftShader) inside the optional package @sparticuz/chromium, for Linux on x64: unpacked
 * once per user and loaded into the process, so that WebGPU runs on a machine without any graphics driver.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { MemgpuError } from '../errors.js';
import { readArchive } from './archive.js';
import { cacheFolders, claim } from './cache-folder.js';
import { makeFolder } from './make-folder.js';
import { replaceFile } from './replace-file.js';

const PACKAGE = '@sparticuz/chromium';
const VERSION = '147.0.0';
const ARCHIVE = 'bin/swiftshader.tar.br';
const LOADER = 'libvulkan.so.1';
const ICD = 'vk_swiftshader_icd.json';

/** SHA-256 of the files that are used of the archive of this version. */
const SUMS: Readonly<Record<string, string>> = {
  'libvk_swiftshader.so': '5b9e8591c7c2d1c9618c3ad485d0cdffb81f5f1ffd6a982fdb6578c2d8d3213e',
  [LOADER]: 'fe17a77c1f2df38d3b6a935140f746fd80aac564bb44eb3e4f6b75a504295a41',
  [ICD]: 'c9eef28b6b984fec220ef0abfecc40b502d46946706e47bfe97707027cb818bd',
};

/**
 * Unpacks the driver where that is needed and loads the Vulkan loader that comes with it.
 * @returns the path for VK_DRIVER_FILES
 * @throws IO where the platform has no embedded driver, the package is missing, or no folder can hold the files
 */
export function loadEmbeddedDriver(): string {
  loaded ??= unpackAndLoad();
  return loaded;
}

let loaded: string | undefined;

function unpackAndLoad(): string {
  const archive = archivePath();
  const failures: string[] = [];
  for (const folder of cacheFolders()) {
    try {
      const driver = join(folder.path, `swiftshader-${VERSION}`);
      if (folder.shared) claim(folder.path);
      unpackDriver(archive, driver);
      loadLibrary(join(driver, LOADER));
      return join(driver, ICD);
    } catch (error) {
      failures.push(`${folder.path}: ${(error as Error).message}`);
    }
  }
  throw new MemgpuError('IO', failures.join('; '), {
    hint: 'Name a folder that can be written to, and holds programs, in MEMGPU_CACHE.',
  });
}

/** @throws IO where the platform has no embedded driver, or the package is missing */
function archivePath(): string {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new MemgpuError('IO', `none exists for ${process.platform} on ${process.arch}`);
  }
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(PACKAGE);
  } catch (cause) {
    throw new MemgpuError('IO', `the optional package ${PACKAGE} is not installed`, {
      hint: `Run: npm install ${PACKAGE}@${VERSION}`,
      cause,
    });
  }
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    const archive = join(folder, ARCHIVE);
    if (existsSync(archive)) return archive;
  }
  throw new MemgpuError('IO', `package ${PACKAGE} holds no ${ARCHIVE}`, {
    hint: `Run: npm install ${PACKAGE}@${VERSION}`,
  });
}

/** What is known of the embedded driver without loading it. */
export interface EmbeddedDriverState {
  /** Why this machine has none, or null. */
  readonly unavailable: string | null;
  /** Where it is kept unpacked, or would be. */
  readonly folder: string;
  readonly unpacked: boolean;
}

export function embeddedDriverState(): EmbeddedDriverState {
  const folders = cacheFolders().map(({ path }) => join(path, `swiftshader-${VERSION}`));
  const whole = folders.find((folder) => Object.keys(SUMS).every((name) => isIntact(folder, name)));
  let unavailable: string | null = null;
  try {
    archivePath();
  } catch (error) {
    unavailable = (error as Error).message;
  }
  return { unavailable, folder: whole ?? folders[0]!, unpacked: whole !== undefined };
}

/**
 * Leaves the driver's files in `folder`, each with its known SHA-256. A missing, cut or altered file is replaced by a
 * rename, so that processes doing this at once all see whole files at all times.
 */
export function unpackDriver(archive: string, folder: string): void {
  const names = Object.keys(SUMS).filter((name) => !isIntact(folder, name));
  if (names.length === 0) return;
  makeFolder(folder);
  const files = new Map(readArchive(readFileSync(archive), archive).map((file) => [file.path, file.data]));
  for (const name of names) {
    const data = files.get(name);
    if (data === undefined || sha256(data) !== SUMS[name]) {
      throw new MemgpuError('IO', `${archive} does not hold the '${name}' of version ${VERSION}`, {
        hint: `Run: npm install ${PACKAGE}@${VERSION}`,
      });
    }
    replaceFile(join(folder, name), data, 0o755);
  }
}

function isIntact(folder: string, name: string): boolean {
  try {
    return sha256(readFileSync(join(folder, name))) === SUMS[name];
  } catch {
    return false;
  }
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

const RTLD_NOW = 2;
/** Keeps the library loaded although Node, which finds no add-on in it, closes it again. */
const RTLD_NODELETE = 0x1000;

/** Loads a plain shared library by Node's loader of add-ons, whose complaint that it is no add-on is expected. */
function loadLibrary(path: string): void {
  try {
    process.dlopen({ exports: {} }, path, RTLD_NOW | RTLD_NODELETE);
  } catch (error) {
    if (!/did not self-register/.test((error as Error).message)) throw error;
  }
}
