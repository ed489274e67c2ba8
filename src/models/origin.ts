import { MemgpuError } from '../errors.js';
import { didYouMean } from '../nearest.js';
import type { Family, NameMap } from './family.js';

/** A map whose signature is there, under a prefix. */
export interface Fit {
  readonly family: Family;
  readonly map: NameMap;
  readonly prefix: string;
}

/** Whose code trained an encoder: what its user says, and what its `config.json` says. */
export interface Origin {
  readonly said?: string | undefined;
  readonly configured?: string | undefined;
}

/**
 * Of the maps that fit, those of the origin that was said; else of the one that the config tells, where it fits; else
 * those that the file's other names tell. Names of origins are compared without case.
 *
 * @param names all names of the file, as they are
 * @throws BAD_OPTION with the origins that fit, where the one that was said does not
 */
export function chooseOrigin(
  file: string,
  fits: readonly Fit[],
  names: readonly string[],
  { said, configured }: Origin,
): readonly Fit[] {
  const marked = ({ map }: Fit) => (map.marks ?? []).every((mark) => names.some((name) => mark.test(name)));
  const placed = ({ map, prefix }: Fit) => map.under?.test(prefix) ?? true;
  const of = (origin: string) => {
    const named = fits.filter(({ map }) => map.name.toLowerCase() === origin.toLowerCase());
    // A file may hold a copy elsewhere.
    const atHome = named.filter(placed);
    return atHome.length > 0 ? atHome : named;
  };
  const chosen = said === undefined ? [] : of(said);
  if (said !== undefined && fits.length > 0 && chosen.length === 0) throw noSuchOrigin(file, said, fits);
  if (chosen.length > 0) return chosen;
  const likely = configured === undefined ? [] : of(configured);
  return likely.length > 0 ? likely : fits.filter((fit) => placed(fit) && marked(fit));
}

/** The maps of other origins that have the same signature at the same place, where nothing told for the chosen one. */
export function rivalsOf({ family, map, prefix }: Fit, fits: readonly Fit[]): readonly NameMap[] {
  if (map.marks || map.under) return [];
  const signature = map.signature.join();
  return fits
    .filter((fit) => fit.family === family && fit.prefix === prefix && fit.map.name !== map.name)
    .map((fit) => fit.map)
    .filter((other) => other.signature.join() === signature);
}

function noSuchOrigin(file: string, said: string, fits: readonly Fit[]): MemgpuError {
  const origins = [...new Set(fits.map(({ map }) => map.name))];
  return new MemgpuError(
    'BAD_OPTION',
    `origin ${JSON.stringify(said.slice(0, 60))} is none of those whose names fit ${file}`,
    { hint: [didYouMean(said, origins), `Possible: ${origins.join(', ')}.`].filter(Boolean).join(' ') },
  );
}
