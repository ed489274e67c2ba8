import { describe, expect, test } from 'vitest';
import { parseShard } from '../../src/cli/shard.js';

const bad = (text: string, environment = {}) => {
  try {
    parseShard(text, environment);
  } catch (error) {
    return error;
  }
  return expect.unreachable();
};

describe('a shard that is written out', () => {
  test.each([
    ['0/1', 0, 1],
    ['2/3', 2, 3],
    ['099/100', 99, 100],
  ])('%s', (text, index, count) => expect(parseShard(text, {})).toEqual({ index, count }));

  test.each(['', '1', '/3', '1/', '-1/3', '1/0', '1.5/3', '1/3/5', 'AUTO', 'auto/0', 'auto/x', '1/9999999999'])(
    'is not %j',
    (text) => expect(bad(text)).toMatchObject({ code: 'BAD_OPTION', hint: expect.stringContaining('I/N') }),
  );

  test('is one of those that there are', () => {
    expect(bad('3/3')).toMatchObject({
      message: '--shard 3/3: there is no shard 3 of 3',
      hint: 'They are numbered from 0 to 2. Write --shard I/N.',
    });
  });
});

describe('auto', () => {
  const slurm = (id: number, first: number, step: number, count: number) => ({
    SLURM_ARRAY_TASK_ID: `${id}`,
    SLURM_ARRAY_TASK_MIN: `${first}`,
    SLURM_ARRAY_TASK_STEP: `${step}`,
    SLURM_ARRAY_TASK_COUNT: `${count}`,
  });

  test.each([
    ['--array=0-7', slurm(3, 0, 1, 8), { index: 3, count: 8 }],
    ['--array=1-8', slurm(8, 1, 1, 8), { index: 7, count: 8 }],
    ['--array=0-15:4', slurm(12, 0, 4, 4), { index: 3, count: 4 }],
  ])('is a place in the array of Slurm: %s', (_, environment, shard) =>
    expect(parseShard('auto', environment)).toEqual(shard),
  );

  test('is a child of an array of AWS Batch', () => {
    const environment = { AWS_BATCH_JOB_ARRAY_INDEX: '4', AWS_BATCH_JOB_ARRAY_SIZE: '5' };
    expect(parseShard('auto', environment)).toEqual({ index: 4, count: 5 });
  });

  test('needs the count with Kubernetes, which tells the index alone', () => {
    expect(parseShard('auto/6', { JOB_COMPLETION_INDEX: '5' })).toEqual({ index: 5, count: 6 });
    expect(bad('auto', { JOB_COMPLETION_INDEX: '5' })).toMatchObject({
      message: '--shard auto: Kubernetes tells the index alone, in JOB_COMPLETION_INDEX',
      hint: 'Write --shard auto/N, N as many as there are: spec.completions.',
    });
  });

  test('refuses an array with gaps, whose places cannot be told', () => {
    expect(bad('auto', slurm(5, 1, 3, 3))).toMatchObject({
      message: expect.stringContaining('SLURM_ARRAY_TASK_ID is 5'),
    });
    expect(bad('auto', slurm(9, 1, 1, 3))).toMatchObject({
      message: '--shard auto, of Slurm: there is no shard 8 of 3',
    });
  });

  test('refuses what is no number, and a count that is missing', () => {
    expect(bad('auto', { SLURM_ARRAY_TASK_ID: 'x' })).toMatchObject({
      message: '--shard auto: SLURM_ARRAY_TASK_ID is "x"',
    });
    expect(bad('auto', { AWS_BATCH_JOB_ARRAY_INDEX: '1' })).toMatchObject({
      message: '--shard auto: AWS_BATCH_JOB_ARRAY_SIZE is not set',
    });
  });

  test('says which variables it looks for where there are none', () => {
    expect(bad('auto')).toMatchObject({
      message: '--shard auto finds no array of jobs',
      hint: 'None of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, AWS_BATCH_JOB_ARRAY_INDEX is set. Write --shard I/N.',
    });
  });
});
