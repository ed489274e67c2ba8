/** What `memgpu tune` chose, kept in the cache folder: a file for each adapter, driver and version of memgpu. */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { MemgpuError } from '../errors.js';
import type { AdapterFacts } from '../gpu/gpu.js';
import { quoted } from '../images/names.js';
import { VERSION } from '../version.js';
import { cacheFolders, writeCached } from './cache-folder.js';

const SCHEMA = 'memgpu-tiles/1';

/** Names of tiles, by kinds of products. */
export type TunedTiles = Readonly<Record<string, string>>;

export interface StoredTiles {
  /** Null where none are stored for this adapter, or none can be used. */
  readonly tiles: TunedTiles | null;
  /** Where they lie, or would. */
  readonly file: string;
  /** Why a file that is there is not used. */
  readonly unusable: string | null;
}

const CONTENT = v.object({
  schema: v.literal(SCHEMA),
  memgpu: v.string(),
  adapter: v.string(),
  driver: v.string(),
  tiles: v.record(v.string(), v.string()),
});

type Adapter = Pick<AdapterFacts, 'name' | 'driver'>;

/** Never throws: a file that cannot be used is told of, and left as it is. */
export function readTunedTiles(adapter: Adapter): StoredTiles {
  const files = cacheFolders().map(({ path }) => join(path, fileName(adapter)));
  for (const file of files) {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') continue;
      return { tiles: null, file, unusable: `it cannot be read: ${message}` };
    }
    const found = parse(text, adapter);
    return typeof found === 'string' ? { tiles: null, file, unusable: found } : { tiles: found, file, unusable: null };
  }
  return { tiles: null, file: files[0]!, unusable: null };
}

/** @returns the tiles, or why they cannot be used */
function parse(text: string, { name, driver }: Adapter): TunedTiles | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'it is no JSON';
  }
  const { success, output } = v.safeParse(CONTENT, json);
  if (!success) return 'it holds no tiles of memgpu';
  if (output.adapter !== name || output.driver !== driver) return `it is of another adapter, ${quoted(output.adapter)}`;
  if (output.memgpu !== VERSION) return `it is of memgpu ${quoted(output.memgpu)}`;
  return output.tiles;
}

/**
 * Replaces what is stored for this adapter.
 * @returns the file
 * @throws IO where no folder takes it
 */
export function writeTunedTiles({ name, driver }: Adapter, tiles: TunedTiles): string {
  const content = { schema: SCHEMA, memgpu: VERSION, adapter: name, driver, tiles };
  return writeCached(fileName({ name, driver }), `${JSON.stringify(content, null, 2)}\n`, 'What memgpu tune chose');
}

/**
 * Forgets what is stored for this adapter.
 * @returns the files that were removed
 * @throws IO where one cannot be removed
 */
export function forgetTunedTiles(adapter: Adapter): string[] {
  const removed: string[] = [];
  for (const { path } of cacheFolders()) {
    const file = join(path, fileName(adapter));
    try {
      rmSync(file);
      removed.push(file);
    } catch (cause) {
      if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) continue;
      throw new MemgpuError('IO', `${quoted(file)} cannot be removed: ${(cause as Error).message}`, {
        hint: 'Remove it by hand.',
        cause,
      });
    }
  }
  return removed;
}

function fileName({ name, driver }: Adapter): string {
  const key = createHash('sha256').update([VERSION, name, driver].join('\n')).digest('hex');
  return `tiles-${key.slice(0, 16)}.json`;
}
