import { type Opened, type Program, Served } from '../program.js';

/** What the benchmark calls from outside the page. */
export interface PeerPage {
  open(job: string): Promise<Opened>;
  run(): Promise<number>;
}

/** Makes a program reachable as `window.peer`. */
export function serve(program: Program): void {
  const served = new Served(program);
  const peer: PeerPage = {
    async open(job) {
      const response = await fetch(`/reference/${job}`);
      if (!response.ok) throw new Error(`no reference of ${job}`);
      return served.open(job, new Float64Array(await response.arrayBuffer()));
    },
    run: () => served.run(),
  };
  Object.assign(globalThis, { peer });
}
