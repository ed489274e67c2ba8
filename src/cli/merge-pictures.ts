import { type ImageFacts, SET_NAMES, type SetName } from '../analysis/result.js';
import { MemgpuError } from '../errors.js';
import type { IndexedDataset } from '../images/dataset.js';
import { quoted } from '../images/names.js';
import { pixelsDigest } from '../images/pixels-digest.js';
import { withPictures } from '../library.js';
import type { MergeableRun, Merged } from '../merge.js';
import { nodeHost } from '../platform/node-host.js';
import { openDataset } from '../platform/node-images.js';
import { counted } from '../report/amounts.js';
import type { Terminal } from './terminal.js';

/**
 * A report's images with their pictures, as far as the datasets lie where the run found them, and only of pictures that
 * are the measured ones to the pixel. What has none is said.
 */
export async function imagesWithPictures(
  { report, pixels }: Merged,
  run: MergeableRun,
  terminal: Terminal,
): Promise<readonly ImageFacts[]> {
  if (run.context.report.given) return report.images;
  const sets = await openSets(run, terminal);
  let changed = 0;
  /** Undefined for a picture that cannot be read any more, or is another. */
  const known = async (set: SetName, dataset: IndexedDataset, position: number) => {
    const loaded = await dataset.load(position).catch(() => undefined);
    if (loaded && pixelsDigest(loaded.picture) === pixels[set]?.[position]) return loaded;
    changed += 1;
    return undefined;
  };
  const sources = Object.entries(sets).map(([name, dataset]) => {
    const set = name as SetName;
    return [set, { load: (position: number) => known(set, dataset, position) }];
  });
  try {
    return await withPictures(report.images, Object.fromEntries(sources));
  } finally {
    if (changed > 0) terminal.note(`No pictures of ${counted(changed, 'image')}: not as when they were measured.`);
    for (const dataset of Object.values(sets)) await dataset.close?.();
  }
}

async function openSets(run: MergeableRun, terminal: Terminal): Promise<Partial<Record<SetName, IndexedDataset>>> {
  const { decode } = nodeHost();
  const sets: Partial<Record<SetName, IndexedDataset>> = {};
  for (const set of SET_NAMES) {
    const name = run.inputs[set];
    if (name === undefined) continue;
    try {
      sets[set] = await openDataset(name, decode);
    } catch (error) {
      if (!(error instanceof MemgpuError)) throw error;
      terminal.note(`No pictures of the set ${set}, ${quoted(name)}: ${error.message}`);
    }
  }
  return sets;
}
