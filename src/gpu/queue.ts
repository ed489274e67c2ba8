/**
 * The order of things on the device. Writes and submits leave in the order of the calls that made them, at most
 * `IN_FLIGHT` submits are unfinished, and what has to wait waits here.
 */

const IN_FLIGHT = 3;

interface Step {
  /** A submit takes one of the places in flight until its promise settles; a write takes none. */
  readonly start: () => Promise<unknown> | undefined;
  readonly takesPlace: boolean;
}

export class Queue {
  #inFlight = 0;
  readonly #waiting: Step[] = [];

  /** Whether a step would have to wait for others before it. */
  get backlog(): boolean {
    return this.#waiting.length > 0;
  }

  write(start: () => void): void {
    this.#waiting.push({
      start: () => {
        start();
        return undefined;
      },
      takesPlace: false,
    });
    this.#advance();
  }

  /** Calls `start` once there is a place; it submits and returns a promise of the work's end. */
  submit<T>(start: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        takesPlace: true,
        start: () => {
          try {
            const done = start();
            done.then(resolve, reject);
            return done;
          } catch (error) {
            reject(error);
            return undefined;
          }
        },
      });
      this.#advance();
    });
  }

  #advance(): void {
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined || (next.takesPlace && this.#inFlight >= IN_FLIGHT)) return;
      this.#waiting.shift();
      const done = next.start();
      if (done === undefined) continue;
      this.#inFlight++;
      const free = (): void => {
        this.#inFlight--;
        this.#advance();
      };
      done.then(free, free);
    }
  }
}
