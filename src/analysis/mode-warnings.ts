import type { AnalysisOptions } from './options.js';
import type { LayerResult, Warning } from './result.js';

/** What follows from how features and views were chosen, by a mode or one by one; known with the layers. */
export function warningsOfMode(
  layers: readonly Pick<LayerResult, 'node' | 'kind'>[],
  { mode, augment, features, distance }: AnalysisOptions,
  hasReference: boolean,
): Warning[] {
  const warnings: Warning[] = [];
  const raw = layers.filter(({ kind }) => kind === 'conv');
  const scaled = features === 'raw' && (distance === 'l2' || distance === 'l1');
  if (hasReference && scaled && raw.length > 0) {
    warnings.push({
      code: 'RAW_SCALE',
      value: raw.length,
      message: `Raw features were compared at ${raw.length} of ${layers.length} layers that a normalisation may follow, such as ${raw.at(-1)!.node}. What it undoes, the scale of each encoder's weights, shifts the scores there in every set alike: read differences between sets, or compare with features "normalized" (mode recommended).`,
    });
  }
  if (mode === 'authors-script') {
    const [mine, other] =
      augment === 'script-units' ? ['UnitMem', 'scores against g'] : ['scores against g', 'UnitMem'];
    const set = augment === 'script-units' ? 'script-scores' : 'script-units';
    warnings.push({
      code: 'ONE_SCRIPT_OF_TWO',
      value: String(augment),
      message: `The authors' scripts draw other views for scores than for units: these (${augment}) are those of ${mine}. For ${other} use augment ${set}. What the scripts leave undefined is computed as the network defines it (docs/modes.md).`,
    });
  }
  return warnings;
}
