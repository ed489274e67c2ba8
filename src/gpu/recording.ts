/** A reusable list of dispatches: plain data, checked as it is built. */
import { checkWorkgroups, wrongUse } from './checks.js';
import type { AdapterFacts, Bindings, Recording, Workgroups } from './gpu.js';

export interface Dispatch<B extends Bindings> {
  readonly bindings: B;
  readonly workgroups: Workgroups;
}

export class DispatchList<B extends Bindings> implements Recording {
  readonly dispatches: Dispatch<B>[] = [];
  /** Measured time of each dispatch's share of a submit, in ms; empty until the list has run. */
  readonly times: number[] = [];
  readonly owner: object;
  readonly #limits: AdapterFacts['limits'];
  readonly #own: (bindings: Bindings) => B;

  /**
   * @param owner the device that the list runs on
   * @param own narrows bindings to this device's; throws for another's
   */
  constructor(owner: object, limits: AdapterFacts['limits'], own: (bindings: Bindings) => B) {
    this.owner = owner;
    this.#limits = limits;
    this.#own = own;
  }

  get length(): number {
    return this.dispatches.length;
  }

  dispatch(bindings: Bindings, workgroups: Workgroups): this {
    checkWorkgroups(bindings.pipeline.kernel.label, workgroups, this.#limits);
    if (!workgroups.includes(0)) this.dispatches.push({ bindings: this.#own(bindings), workgroups });
    return this;
  }
}

/** @throws GPU_ERROR where the recording was made by another device */
export function ownList<B extends Bindings>(recording: Recording, owner: object): DispatchList<B> {
  if (recording instanceof DispatchList && recording.owner === owner) return recording as DispatchList<B>;
  throw wrongUse('A recording can only be run by the device that made it');
}
