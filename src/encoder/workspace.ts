import type { Allocation, Buffer, Gpu } from '../gpu/gpu.js';
import type { Plan } from '../graph/plan.js';
import { checkBinding } from '../kernels/sized-kernel.js';

/** The memory that a plan runs in: one buffer a slot, and the number of views of the run. */
export interface Workspace extends Disposable {
  /** The most views of a run. */
  readonly views: number;
  /** Slot 0 is the input: [views][height][width][4], f32, the fourth channel 0. */
  readonly slots: readonly Buffer[];
  /** Uniform: the number of views of the next run. */
  readonly count: Buffer;
  setCount(views: number): void;
  readonly bytes: number;
  dispose(): void;
}

/**
 * @param input the caller's buffer for slot 0, where something else fills it; it stays the caller's
 * @throws BAD_OPTION naming the node whose tensor no buffer can hold; OUT_OF_MEMORY
 */
export async function allocateWorkspace(gpu: Gpu, plan: Plan, views: number, input?: Buffer): Promise<Workspace> {
  plan.slots.forEach((bytes, slot) => {
    const node = plan.tensors.find((tensor) => tensor.slot === slot)?.node ?? `slot ${slot}`;
    checkBinding(gpu.facts, node, bytes, views);
  });
  const allocation: Allocation = await gpu.allocate([
    { label: 'count of views', bytes: 16, usage: 'uniform' },
    ...plan.slots
      .map((bytes, slot) => ({ label: `activations ${slot}`, bytes: bytes * views }))
      .slice(input === undefined ? 0 : 1),
  ]);
  const [count, ...own] = allocation.buffers as [Buffer, ...Buffer[]];
  const slots = input === undefined ? own : [input, ...own];
  let current = -1;
  return {
    views,
    slots,
    count,
    setCount(next) {
      if (next !== current) gpu.write(count, new Uint32Array([next, 0, 0, 0]));
      current = next;
    },
    bytes: allocation.bytes,
    dispose: () => allocation.dispose(),
    [Symbol.dispose]: () => allocation.dispose(),
  };
}
