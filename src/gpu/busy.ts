/** How long the device had work: the time in which at least one submit was unfinished, as the host sees it. */
export class BusyClock {
  readonly #now: () => number;
  #unfinished = 0;
  #since = 0;
  #total = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Milliseconds, what is unfinished counted until now. */
  get busy(): number {
    return this.#total + (this.#unfinished > 0 ? this.#now() - this.#since : 0);
  }

  submitted(): void {
    if (this.#unfinished++ === 0) this.#since = this.#now();
  }

  finished(): void {
    if (--this.#unfinished === 0) this.#total += this.#now() - this.#since;
  }
}
