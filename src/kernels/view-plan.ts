import { MemgpuError } from '../errors.js';

/** What of an operation of an augmentation decides which passes it needs. */
export interface PlannedOperation {
  readonly op: string;
  readonly brightness?: number;
  readonly contrast?: number;
  readonly saturation?: number;
  readonly hue?: number;
  /** Width of a blur, odd. */
  readonly kernel?: number;
}

/** `mean`: the mean gray of every view, which contrast blends with. `color`: steps per pixel. `blur`: both directions. */
export type ViewPass =
  | { readonly kind: 'mean' }
  | { readonly kind: 'color' }
  | { readonly kind: 'blur'; readonly radius: number };

/** The passes that follow the resampling: the same for every view of an augmentation. */
export interface ViewPlan {
  readonly passes: readonly ViewPass[];
  /** The most steps that a color pass can hold, the normalisation included. */
  readonly steps: number;
}

/**
 * Turns the operations of an augmentation into passes. Contrast needs the mean of what precedes it, and a blur its
 * neighbours, so both begin a new pass; everything between them happens in registers. Crops and flips need no pass: they
 * are part of the resampling. The last pass is a color pass, for the normalisation.
 */
export function planViews(augmentation: readonly PlannedOperation[]): ViewPlan {
  const passes: ViewPass[] = [];
  let steps = 1;
  const color = () => {
    if (passes.at(-1)?.kind !== 'color') passes.push({ kind: 'color' });
  };
  for (const operation of augmentation) {
    if (operation.op === 'color-jitter') {
      const { brightness = 0, contrast = 0, saturation = 0, hue = 0 } = operation;
      const others = [brightness, saturation, hue].filter((strength) => strength > 0).length;
      steps += others;
      if (others > 0) color();
      if (contrast > 0) {
        steps += 1;
        passes.push({ kind: 'mean' }, { kind: 'color' });
      }
    } else if (operation.op === 'gaussian-blur') {
      passes.push({ kind: 'blur', radius: ((operation.kernel ?? 1) - 1) / 2 });
    } else if (['grayscale', 'invert', 'solarize', 'normalize'].includes(operation.op)) {
      steps += 1;
      color();
    }
  }
  color();
  return { passes, steps };
}

/** The steps of one view, by pass: empty lists where it leaves a pass out, and always for `mean`. */
export type PlacedSteps<Step> = readonly (readonly Step[])[];

/**
 * Places the steps of a drawn view, in order, each into the earliest pass that can take it. A view's steps are a
 * subsequence of what its augmentation can draw, so there is always one.
 * @throws BAD_OPTION for a step that the augmentation of the plan cannot have drawn
 */
export function placeSteps<Step extends { readonly op: string }>(
  plan: ViewPlan,
  steps: readonly Step[],
): PlacedSteps<Step> {
  const placed: Step[][] = plan.passes.map(() => []);
  let current = -1;
  for (const step of steps) {
    const wanted = step.op === 'contrast' ? 'mean' : step.op === 'blur' ? 'blur' : 'color';
    if (wanted !== 'color' || plan.passes[current]?.kind !== 'color') {
      current = plan.passes.findIndex(({ kind }, index) => index > current && kind === wanted);
      if (current < 0) {
        throw new MemgpuError('BAD_OPTION', `a view has the step ${step.op}, which its augmentation cannot draw`, {
          hint: 'Draw the views from the augmentation that the passes were planned for.',
        });
      }
      if (wanted === 'mean') current += 1;
    }
    placed[current]!.push(step);
  }
  return placed;
}
