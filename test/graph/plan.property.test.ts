import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Graph, Op } from '../../src/graph/graph.js';
import { bytesPerView, makePlan, type Plan, readBy, type Step } from '../../src/graph/plan.js';
import { graphWithTaps } from './random-graph.js';

/** Expressions as numbers: equal expressions are equal numbers, so that shared parts cost nothing. */
class Expressions {
  private readonly known = new Map<string, number>();

  of(...parts: (string | number | null)[]): number {
    const key = JSON.stringify(parts);
    const id = this.known.get(key) ?? this.known.size;
    this.known.set(key, id);
    return id;
  }

  sum(a: number, b: number): number {
    return this.of('add', Math.min(a, b), Math.max(a, b));
  }
}

/** What an op makes of its inputs; sums are the same in both orders. */
function meaning(op: Op, inputs: readonly number[], e: Expressions): number {
  return op.kind === 'add' ? e.sum(inputs[0]!, inputs[1]!) : e.of(JSON.stringify(op), ...inputs);
}

/** What each node is, from the graph's own definition. */
function meanings(graph: Graph, e: Expressions): Map<string, number> {
  const values = new Map([['input', e.of('input')]]);
  for (const { name, op, inputs } of graph.nodes) {
    const read = inputs.map((input) => values.get(input)!);
    values.set(name, meaning(op, read, e));
  }
  return values;
}

/** Runs a plan on memory slots that hold expressions, and returns what each tap holds right after its step. */
function simulate(plan: Plan, e: Expressions): { taps: Map<string, number>; atEnd: Map<string, number> } {
  const memory: number[] = [];
  memory[plan.tensors[0]!.slot] = e.of('input');
  const load = (tensor: number) => memory[plan.tensors[tensor]!.slot]!;
  const taps = new Map<string, number>();
  for (const step of plan.steps) {
    const output = plan.tensors[step.output]!;
    memory[output.slot] = run(step, load, e);
    if (output.tapped) taps.set(output.node, load(step.output));
  }
  const tapped = plan.tensors.flatMap(({ tapped, node }, index) => (tapped ? [[node, load(index)] as const] : []));
  return { taps, atEnd: new Map(tapped) };
}

function run({ op, inputs, epilogue }: Step, load: (tensor: number) => number, e: Expressions): number {
  const read = inputs.map(load);
  if (!epilogue) return fusedMeaning(op, read, e);
  const { affine, activation, residual, reluAfterAdd } = epilogue;
  let value = 'weight' in op ? meaning(op, read, e) : read[0]!;
  if (affine) value = meaning({ kind: 'affine', ...affine }, [value], e);
  if (activation) value = meaning({ kind: activation }, [value], e);
  if (residual !== null) value = e.sum(value, load(residual));
  return reluAfterAdd ? meaning({ kind: 'relu' }, [value], e) : value;
}

/** Attention in one step is scores, softmax and values one after another. */
function fusedMeaning(op: Op, read: readonly number[], e: Expressions): number {
  if (op.kind !== 'attention') return meaning(op, read, e);
  const { heads } = op;
  const scores = meaning({ kind: 'attention-scores', heads }, read, e);
  const probabilities = meaning({ kind: 'softmax' }, [scores], e);
  return meaning({ kind: 'attention-values', heads }, [probabilities, read[0]!], e);
}

const RUNS = { numRuns: 600 };

describe.each([true, false])('plans of random graphs, fuse %s', (fuse) => {
  test('every tap holds its own expression right after its step', () => {
    fc.assert(
      fc.property(graphWithTaps, ({ graph, taps }) => {
        const e = new Expressions();
        const expected = meanings(graph, e);
        const found = simulate(makePlan(graph, { taps, fuse }), e).taps;
        expect(found).toEqual(new Map(taps.map((tap) => [tap, expected.get(tap)])));
      }),
      RUNS,
    );
  });

  test('with hold, every tap still holds its expression at the end', () => {
    fc.assert(
      fc.property(graphWithTaps, ({ graph, taps }) => {
        const e = new Expressions();
        const expected = meanings(graph, e);
        const found = simulate(makePlan(graph, { taps, fuse, hold: true }), e).atEnd;
        expect(found).toEqual(new Map(taps.map((tap) => [tap, expected.get(tap)])));
      }),
      RUNS,
    );
  });

  test('a step writes no slot that it reads, no step writes the input, and every slot is as large as its tensors', () => {
    fc.assert(
      fc.property(graphWithTaps, fc.boolean(), ({ graph, taps }, hold) => {
        const plan = makePlan(graph, { taps, fuse, hold });
        const slot = (tensor: number) => plan.tensors[tensor]!.slot;
        expect(slot(0)).toBe(0);
        for (const step of plan.steps) {
          expect(slot(step.output)).not.toBe(0);
          for (const read of readBy(step)) expect(slot(read)).not.toBe(slot(step.output));
        }
        for (const { shape, slot, storage } of plan.tensors)
          expect(plan.slots[slot]).toBeGreaterThanOrEqual(bytesPerView(shape, storage));
      }),
      RUNS,
    );
  });

  test('a plan computes the nodes that its taps need, each once, and no others', () => {
    fc.assert(
      fc.property(graphWithTaps, ({ graph, taps }) => {
        const needed = new Set<string>();
        const visit = (name: string) => {
          if (name === 'input' || needed.has(name)) return;
          needed.add(name);
          graph.nodes.find((node) => node.name === name)!.inputs.forEach(visit);
        };
        taps.forEach(visit);
        const plan = makePlan(graph, { taps, fuse });
        const computed = plan.steps.flatMap(({ nodes }) => nodes);
        expect([...computed].sort()).toEqual([...needed].sort());
        if (!fuse) expect(plan.steps.map(({ nodes }) => nodes.length)).toEqual(plan.steps.map(() => 1));
      }),
      RUNS,
    );
  });

  test('equal arguments give equal plans, whatever the order of the taps', () => {
    fc.assert(
      fc.property(graphWithTaps, ({ graph, taps }) => {
        const plan = makePlan(graph, { taps, fuse });
        expect(makePlan(graph, { taps: [...taps, ...taps].reverse(), fuse })).toEqual(plan);
      }),
      { numRuns: 100 },
    );
  });
});
