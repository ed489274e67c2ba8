import { readdirSync, readFileSync } from 'node:fs';

/** Processor time in cores that other programs than the benchmark used since this was made; null where it cannot be told. */
export function foreignLoad(root = process.pid): () => number | null {
  const before = sample(root);
  return () => {
    const after = sample(root);
    if (!before || !after || after.time === before.time) return null;
    const foreign = after.busy - before.busy - (after.own - before.own);
    return Math.max(0, foreign / TICKS_PER_SECOND / ((after.time - before.time) / 1000));
  };
}

const TICKS_PER_SECOND = 100;

interface Sample {
  /** ms */
  readonly time: number;
  /** Ticks of all processors, and of `root` with all that it started. */
  readonly busy: number;
  readonly own: number;
}

/** From Linux's /proc (proc(5): stat and pid/stat). */
function sample(root: number): Sample | null {
  if (process.platform !== 'linux') return null;
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]!
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const processes = readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? readProcess(Number(entry)) : []));
  const own = new Set([root]);
  // A child may stand before its parent: process numbers start again at the end of their range.
  for (let grown = -1; grown !== own.size; ) {
    grown = own.size;
    for (const { pid, parent } of processes) if (own.has(parent)) own.add(pid);
  }
  return {
    time: performance.now(),
    busy: user + nice + system + irq + softirq,
    own: processes.reduce((sum, { pid, ticks }) => sum + (own.has(pid) ? ticks : 0), 0),
  };
}

/** `ticks` with those of children that have ended; nothing where the process is gone. */
function readProcess(pid: number): { pid: number; parent: number; ticks: number }[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in brackets, may hold blanks.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return [{ pid, parent: Number(fields[1]), ticks }];
  } catch {
    return [];
  }
}
