import { toleranceOf } from './accuracy.js';
import { foreignLoad } from './cpu-load.js';
import type { Driver } from './drivers.js';
import { flopsOf, graphOf, type Job, viewsOf } from './jobs.js';
import type { Peer, Place } from './peers.js';
import type { Opened } from './program.js';
import type { Absent, JobResult, Row } from './result.js';

/** How often each peer runs a job: at least, at most, and no more once its runs have taken `budget` ms. */
export interface Repeats {
  readonly least: number;
  readonly most: number;
  readonly budget: number;
}

/** A first run shorter than this, in ms, is followed by another one that is not counted. */
const SHORT = 6000;

interface Running {
  readonly peer: Peer;
  readonly driver: Driver;
  readonly opened: Opened;
  readonly runs: number[];
  readonly foreign: (number | null)[];
}

export interface Measuring {
  readonly peers: readonly Peer[];
  readonly place: Place;
  readonly repeats: Repeats;
  /** @returns why this peer cannot run at all, or null */
  readonly whyNot: (peer: Peer) => string | null;
  readonly say: (line: string) => void;
  readonly onAdapter: (peer: Peer, adapter: string) => void;
}

/**
 * Every peer opens the job and has its output compared with float64 before anything is timed; then they run in turn, one
 * at a time, so that none has the quieter moments. A peer that fails is listed with the reason.
 */
export async function measureJob(job: Job, measuring: Measuring): Promise<JobResult> {
  const { graph } = await graphOf(job.network);
  const allowed = toleranceOf(graph);
  const running: Running[] = [];
  const absent: Absent[] = [];
  const drop = (peer: Peer, reason: string) => {
    absent.push({ peer: `${peer.title}, ${peer.host}, ${peer.backend}`, reason });
    measuring.say(`  ${peer.name}: not measured: ${reason}`);
  };
  try {
    for (const peer of measuring.peers.filter(({ does }) => does(job))) {
      const reason = measuring.whyNot(peer);
      if (reason !== null) drop(peer, reason);
      else
        await open(peer, job, allowed, measuring).then(
          (opened) => running.push(opened),
          ({ message }) => drop(peer, message),
        );
    }
    await runInTurn(running, measuring, drop);
  } finally {
    await Promise.all(running.map(({ driver }) => driver.close()));
  }
  const peak = Math.max(0, ...running.map(({ opened }) => opened.difference.peak));
  return {
    name: job.name,
    title: job.title,
    unit: job.unit,
    units: job.unit === null ? null : viewsOf(job),
    flops: flopsOf(job, graph),
    peak,
    tolerance: allowed * peak,
    target: job.target,
    rows: running.filter(({ runs }) => runs.length > 0).map(rowOf),
    absent,
  };
}

async function open(peer: Peer, job: Job, allowed: number, { place, say, onAdapter }: Measuring): Promise<Running> {
  const driver = await peer.start(place);
  try {
    const opened = await driver.open(job.name);
    const { create, first, difference, adapter } = opened;
    if (adapter !== undefined) onAdapter(peer, adapter);
    const { most, peak } = difference;
    say(`  ${peer.name}: created in ${ms(create)}, first run ${ms(first)}, ${most.toExponential(1)} from float64`);
    if (most > allowed * peak)
      throw new Error(
        `its output differs from float64 by ${most.toExponential(1)}; float32 explains ${(allowed * peak).toExponential(1)}`,
      );
    if (first < SHORT) await driver.run();
    return { peer, driver, opened, runs: [], foreign: [] };
  } catch (error) {
    await driver.close();
    throw error;
  }
}

async function runInTurn(
  running: Running[],
  { repeats, say }: Measuring,
  drop: (peer: Peer, reason: string) => void,
): Promise<void> {
  const isDone = ({ runs }: Running) =>
    runs.length >= repeats.most ||
    (runs.length >= repeats.least && runs.reduce((sum, time) => sum + time, 0) > repeats.budget);
  for (let waiting = [...running]; waiting.length > 0; waiting = waiting.filter((one) => !isDone(one))) {
    for (const one of waiting) {
      const load = foreignLoad();
      try {
        one.runs.push(await one.driver.run());
        one.foreign.push(load());
      } catch (error) {
        drop(one.peer, `failed in run ${one.runs.length + 1}: ${(error as Error).message}`);
        running.splice(running.indexOf(one), 1);
        waiting = waiting.filter((other) => other !== one);
        await one.driver.close();
      }
    }
  }
  for (const { peer, runs } of running) say(`  ${peer.name}: ${runs.map(ms).join(', ')}`);
}

function rowOf({ peer, opened, runs, foreign }: Running): Row {
  const { title, host, backend, ours = false } = peer;
  const { create, first, difference } = opened;
  return { peer: title, host, backend, ours, create, first, runs, foreign, difference: difference.most };
}

const ms = (time: number): string => (time < 100 ? `${time.toFixed(1)} ms` : `${Math.round(time)} ms`);
