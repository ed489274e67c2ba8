/** A reusable list of dispatches: plain data, checked as it is built. */
import { checkWorkgroups } from './checks.js';
import type { AdapterFacts, Bindings, Recording, Workgroups } from './gpu.js';

export interface Dispatch<B extends Bindings> {
  readonly bindings: B;
  readonly workgroups: Workgroups;
}

export class DispatchList<B extends Bindings> implements Recording {
  readonly dispatches: Dispatch<B>[] = [];
  /** Measured time of each dispatch's share of a submit, in ms; empty until the list has run. */
  readonly times: number[] = [];
  readonly #limits: AdapterFacts['limits'];
  readonly #own: (bindings: Bindings) => B;

  /** @param own narrows bindings to this device's; throws for another's */
  constructor(limits: AdapterFacts['limits'], own: (bindings: Bindings) => B) {
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
