import { expect, test } from 'vitest';
import { Queue } from '../../src/gpu/queue.js';

/** A submit whose end the test decides. */
class Work {
  end!: (value: string) => void;
  fail!: (error: Error) => void;
  readonly done = new Promise<string>((resolve, reject) => {
    this.end = resolve;
    this.fail = reject;
  });
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

test('three submits start at once; the others, and what follows them, wait in order', async () => {
  const queue = new Queue();
  const log: string[] = [];
  const works = Array.from({ length: 5 }, () => new Work());
  const add = (name: string, work: Work) =>
    queue.submit(() => {
      log.push(name);
      return work.done;
    });
  const results = [add('a', works[0]!), add('b', works[1]!), add('c', works[2]!)];
  queue.write(() => log.push('write 1'));
  expect(queue.backlog).toBe(false);
  results.push(add('d', works[3]!));
  expect(queue.backlog).toBe(true);
  queue.write(() => log.push('write 2'));
  results.push(add('e', works[4]!));
  expect(log).toEqual(['a', 'b', 'c', 'write 1']);
  works[1]!.end('B');
  await turn();
  expect(log).toEqual(['a', 'b', 'c', 'write 1', 'd', 'write 2']);
  works[0]!.fail(new Error('A failed'));
  await expect(results[0]).rejects.toThrow('A failed');
  await turn();
  expect(log.at(-1)).toBe('e');
  for (const i of [2, 3, 4]) works[i]!.end(`${i}`);
  expect(await Promise.all(results.slice(1))).toEqual(['B', '2', '3', '4']);
});

test('a submit that cannot start is refused and takes no place', async () => {
  const queue = new Queue();
  const failed = Array.from({ length: 5 }, () =>
    queue.submit(() => {
      throw new Error('not started');
    }),
  );
  for (const { status } of await Promise.allSettled(failed)) expect(status).toBe('rejected');
  expect(await queue.submit(async () => 'next')).toBe('next');
});
