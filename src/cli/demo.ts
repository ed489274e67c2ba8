import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MemgpuError } from '../errors.js';

/** Files of the demo, by what they are for. */
export interface Demo {
  readonly encoder: string;
  readonly reference: string;
  readonly candidates: string;
  readonly external: string;
}

/**
 * The demo that ships in the package's `weights/`.
 * @param home the folder of the running bundle, somewhere in the package
 * @throws IO where it is missing
 */
export function findDemo(home: URL): Demo {
  const folder = join(packageFolder(fileURLToPath(home)), 'weights/demo');
  try {
    const files = JSON.parse(readFileSync(join(folder, 'demo.json'), 'utf8')) as Demo;
    const at = (file: string) => join(folder, file);
    const demo = {
      encoder: at(files.encoder),
      reference: at(files.reference),
      candidates: at(files.candidates),
      external: at(files.external),
    };
    const missing = Object.values(demo).find((file) => !existsSync(file));
    if (missing === undefined) return demo;
    throw new Error(`${missing} is missing`);
  } catch (cause) {
    throw new MemgpuError('IO', `the demo is not in ${folder}: ${(cause as Error).message}`, {
      hint: 'Install memgpu again, or name an encoder and images: memgpu analyze ENCODER IMAGES.',
      cause,
    });
  }
}

/** The nearest folder upwards that is a package. */
function packageFolder(start: string): string {
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  return start;
}
