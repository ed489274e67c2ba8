import type { GivenViews } from '../analysis/given-views.js';
import { SET_NAMES, type SetName } from '../analysis/result.js';
import { MemgpuError } from '../errors.js';
import type { IndexedDataset } from '../images/dataset.js';
import type { Decode } from '../images/decode.js';
import { withOneDigest } from '../images/one-digest.js';
import { openDataset } from '../platform/node-images.js';
import { findDemo } from './demo.js';
import { withLabels } from './labels-file.js';
import { openViewsFile } from './views-file.js';

export interface SourceFlags extends Readonly<Partial<Record<SetName, string>>> {
  readonly reference?: string;
  readonly viewsFrom?: string;
  readonly labels?: string;
  readonly augment?: unknown;
  readonly views?: unknown;
}

/** What is analysed, as paths. */
export interface AnalysisSources {
  readonly encoder: string;
  readonly reference: string | undefined;
  readonly images: { readonly viewsFrom: string } | { readonly sets: Readonly<Partial<Record<SetName, string>>> };
  readonly labels: string | undefined;
  readonly isDemo: boolean;
}

/**
 * From arguments and flags to what is meant; nothing at all means the demo.
 * @param home the folder of the running bundle
 * @throws BAD_OPTION for flags that contradict each other, or where encoder or images are missing; IO without the demo
 */
export function resolveSources(
  encoder: string | undefined,
  images: string | undefined,
  flags: SourceFlags,
  home: URL,
): AnalysisSources {
  const { viewsFrom, reference, labels } = flags;
  if (images !== undefined && flags.candidates !== undefined) {
    throw contradiction('IMAGES and --candidates', 'Both name the candidates: give one of them.');
  }
  const candidates = images ?? flags.candidates;
  const named = { ...flags, ...(candidates !== undefined && { candidates }) };
  const sets = Object.fromEntries(SET_NAMES.flatMap((set) => (named[set] === undefined ? [] : [[set, named[set]]])));
  const given = Object.keys(sets);
  if (viewsFrom !== undefined) {
    const excluded = [
      ...given,
      ...(['augment', 'views', 'labels'] as const).filter((flag) => flags[flag] !== undefined),
    ];
    if (excluded.length > 0) {
      const [first] = excluded;
      const name = first === 'candidates' && images !== undefined ? 'IMAGES' : `--${first}`;
      throw contradiction(`--views-from and ${name}`, 'Given views replace images and augmentation.');
    }
  }
  if (encoder === undefined) {
    const other = reference ?? viewsFrom ?? labels ?? given[0];
    if (other !== undefined) {
      throw new MemgpuError('BAD_OPTION', 'ENCODER is missing', { hint: 'Write memgpu analyze ENCODER IMAGES ….' });
    }
    const demo = findDemo(home);
    const { candidates, external } = demo;
    return { ...demo, images: { sets: { candidates, external } }, labels: undefined, isDemo: true };
  }
  if (viewsFrom === undefined && given.length === 0) {
    throw new MemgpuError('BAD_OPTION', 'there are no images', {
      hint: `Write memgpu analyze ${encoder} IMAGES, where IMAGES is a folder, a CIFAR binary or a safetensors file.`,
    });
  }
  if (labels !== undefined && candidates === undefined) {
    throw new MemgpuError('BAD_OPTION', '--labels is for the candidates, and there are none', {
      hint: 'Name them as IMAGES or with --candidates.',
    });
  }
  return { encoder, reference, images: viewsFrom === undefined ? { sets } : { viewsFrom }, labels, isDemo: false };
}

/** Sources that are open. */
export type OpenSources = (
  | { readonly givenViews: GivenViews }
  | { readonly sets: Readonly<Partial<Record<SetName, IndexedDataset>>> }
) &
  AsyncDisposable;

/** @throws IO, BAD_DATASET, BAD_SAFETENSORS, BAD_OPTION as the readers do */
export async function openSources({ images, labels }: AnalysisSources, decode: Decode): Promise<OpenSources> {
  if ('viewsFrom' in images) {
    const givenViews = await openViewsFile(images.viewsFrom);
    return { givenViews, [Symbol.asyncDispose]: () => givenViews[Symbol.asyncDispose]() };
  }
  const sets: Partial<Record<SetName, IndexedDataset>> = {};
  const close = async () => {
    for (const dataset of Object.values(sets)) await dataset.close?.();
  };
  try {
    for (const [set, spec] of Object.entries(images.sets)) {
      let dataset = await openDataset(spec, decode);
      sets[set as SetName] = dataset;
      if (set === 'candidates' && labels !== undefined) dataset = await withLabels(dataset, labels);
      sets[set as SetName] = withOneDigest(dataset);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { sets, [Symbol.asyncDispose]: close };
}

function contradiction(what: string, hint: string): MemgpuError {
  return new MemgpuError('BAD_OPTION', `${what} contradict each other`, { hint });
}
