/** Self-checks that an adapter has passed, kept in the cache folder: a file for each adapter, driver, version of memgpu and variant. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AdapterFacts } from '../gpu/gpu.js';
import { VERSION } from '../version.js';
import { cacheFolders, writeCached } from './cache-folder.js';

type Adapter = Pick<AdapterFacts, 'name' | 'driver' | 'origin'>;

/** Never throws: what cannot be read, or is of another adapter, is as good as not there. */
export function hasPassed(adapter: Adapter, variant: string): boolean {
  const { name, text } = fileOf(adapter, variant);
  return cacheFolders().some(({ path }) => {
    try {
      return readFileSync(join(path, name), 'utf8') === text;
    } catch {
      return false;
    }
  });
}

/** @returns the file @throws IO where no folder takes it */
export function keepPassed(adapter: Adapter, variant: string): string {
  const { name, text } = fileOf(adapter, variant);
  return writeCached(name, text, 'The result of the self-check');
}

function fileOf({ name, driver, origin }: Adapter, variant: string): { readonly name: string; readonly text: string } {
  const content = { schema: 'memgpu-self-check/1', memgpu: VERSION, adapter: name, driver, origin, variant };
  const text = `${JSON.stringify(content, null, 2)}\n`;
  return { name: `self-check-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.json`, text };
}
