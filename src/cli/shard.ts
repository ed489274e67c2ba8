import type { Shard } from '../analysis/chunks.js';
import { MemgpuError } from '../errors.js';

/** What schedulers tell a process of an array of jobs, by the names of their variables. */
interface Scheduler {
  readonly name: string;
  readonly index: string;
  /** The lowest index, and the step between two; default 0 and 1. */
  readonly first?: string;
  readonly step?: string;
  /** How many there are; null where the scheduler does not tell. */
  readonly count: string | null;
}

/** The first whose index is set is taken: a job within a job array is a job of that array. */
const SCHEDULERS: readonly Scheduler[] = [
  {
    name: 'Slurm',
    index: 'SLURM_ARRAY_TASK_ID',
    first: 'SLURM_ARRAY_TASK_MIN',
    step: 'SLURM_ARRAY_TASK_STEP',
    count: 'SLURM_ARRAY_TASK_COUNT',
  },
  { name: 'Kubernetes', index: 'JOB_COMPLETION_INDEX', count: null },
  { name: 'AWS Batch', index: 'AWS_BATCH_JOB_ARRAY_INDEX', count: 'AWS_BATCH_JOB_ARRAY_SIZE' },
];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A shard as the option names it: `I/N`, I from 0; `auto`, both from the scheduler's variables; or `auto/N`, where the
 * scheduler tells the index alone.
 * @throws BAD_OPTION naming the text, or the variable that is missing or says something else
 */
export function parseShard(text: string, environment: Environment): Shard {
  const auto = /^auto(?:\/([1-9]\d{0,8}))?$/.exec(text);
  if (auto) return shardOfScheduler(environment, auto[1] === undefined ? undefined : Number(auto[1]));
  const parts = /^(\d{1,9})\/([1-9]\d{0,8})$/.exec(text);
  if (!parts) {
    throw new MemgpuError('BAD_OPTION', `--shard ${JSON.stringify(text.slice(0, 40))} is no shard`, {
      hint: 'Write I/N with I from 0 to N − 1, such as 0/8; auto; or auto/N.',
    });
  }
  return checked({ index: Number(parts[1]), count: Number(parts[2]) }, `--shard ${text}`);
}

function shardOfScheduler(environment: Environment, given: number | undefined): Shard {
  const scheduler = SCHEDULERS.find(({ index }) => (environment[index] ?? '') !== '');
  if (!scheduler) {
    throw new MemgpuError('BAD_OPTION', '--shard auto finds no array of jobs', {
      hint: `None of ${SCHEDULERS.map(({ index }) => index).join(', ')} is set. Write --shard I/N.`,
    });
  }
  const { name, index, first, step, count } = scheduler;
  const at = numberIn(environment, index);
  const lowest = numberIn(environment, first, 0);
  const position = (at - lowest) / numberIn(environment, step, 1);
  if (given === undefined && count === null) {
    throw new MemgpuError('BAD_OPTION', `--shard auto: ${name} tells the index alone, in ${index}`, {
      hint: 'Write --shard auto/N, N as many as there are: spec.completions.',
    });
  }
  const total = given ?? numberIn(environment, count!);
  if (!Number.isInteger(position) || position < 0) {
    throw new MemgpuError('BAD_OPTION', `--shard auto: ${index} is ${at}, which is no place from ${lowest} on`, {
      hint: 'Write --shard I/N.',
    });
  }
  return checked({ index: position, count: total }, `--shard auto, of ${name}`);
}

function checked(shard: Shard, what: string): Shard {
  if (shard.index < shard.count) return shard;
  throw new MemgpuError('BAD_OPTION', `${what}: there is no shard ${shard.index} of ${shard.count}`, {
    hint: `They are numbered from 0 to ${shard.count - 1}. Write --shard I/N.`,
  });
}

/** @param otherwise where there is no such variable; without, it must be there */
function numberIn(environment: Environment, name: string | undefined, otherwise?: number): number {
  const text = name === undefined ? '' : (environment[name] ?? '');
  if (text === '' && otherwise !== undefined) return otherwise;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new MemgpuError(
    'BAD_OPTION',
    `--shard auto: ${name} is ${text === '' ? 'not set' : JSON.stringify(text.slice(0, 40))}`,
    {
      hint: 'Write --shard I/N.',
    },
  );
}
