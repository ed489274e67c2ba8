import { type PickleBytes, PickleFault } from './pickle-bytes.js';

/** Bounds the time and memory that a hostile pickle can take; a model's file needs about 30 for a tensor. */
const OPERATIONS_MAX = 1_000_000;

/** What a pickle names: a class or function. It is never looked up or called. */
export class Global {
  /** Such as `torch._utils._rebuild_tensor_v2`. */
  readonly path: string;

  constructor(module: string, name: string) {
    this.path = `${module}.${name}`;
  }
}

/** What a call would have made, had it been made: the name of what was called, and what it was given. */
export class Inert {
  /** As in `__setstate__`: for most objects the dict of their attributes. */
  state: unknown = null;
  /** Entries of a class that behaves as a dict. */
  items: Map<unknown, unknown> | undefined;

  constructor(
    readonly callee: string,
    readonly args: readonly unknown[],
  ) {}
}

/** What a format gives its pickles to mean. */
export interface PickleMeaning {
  /** Judges the name that a global has within its module. @throws PickleFault where it is refused */
  named?(name: string): void;
  /**
   * The value of a call that the format knows; undefined leaves an `Inert`.
   * @param spend counts work that grows with the arguments
   * @throws PickleFault where the arguments make no sense
   */
  call(callee: string, args: readonly unknown[], spend: (operations: number) => void): unknown;
  /** The object with this persistent id. @throws PickleFault */
  persistent(id: unknown): unknown;
}

/** The stack and the memo that opcodes work on. Methods throw PickleFault where these do not hold what an opcode needs. */
export class PickleMachine {
  readonly #in: PickleBytes;
  readonly #meaning: PickleMeaning;
  readonly #stack: unknown[] = [];
  /** Heights of the stack. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  #operations = 0;

  constructor(bytes: PickleBytes, meaning: PickleMeaning) {
    this.#in = bytes;
    this.#meaning = meaning;
  }

  /** Counts work. */
  spend(operations: number): void {
    this.#operations += operations;
    if (this.#operations > OPERATIONS_MAX) this.fail(`more than ${OPERATIONS_MAX} operations`);
  }

  fail(what: string, position = this.#in.at): never {
    throw new PickleFault(`it has ${what}`, position);
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }

  top(): unknown {
    if (this.#stack.length <= this.#floor()) this.fail('no value on its stack where one is needed');
    return this.#stack.at(-1);
  }

  pop(): unknown {
    this.top();
    return this.#stack.pop();
  }

  popMany(count: number): unknown[] {
    if (this.#stack.length - this.#floor() < count) this.fail('too few values on its stack');
    return this.#stack.splice(-count);
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  /** All values above the last mark. */
  popMark(): unknown[] {
    const height = this.#marks.pop();
    if (height === undefined) this.fail('no mark on its stack where one is needed');
    return this.#stack.splice(height);
  }

  /** Drops the value on top, or the mark. */
  drop(): void {
    if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else this.pop();
  }

  get(index: number): void {
    if (!this.#memo.has(index)) this.fail(`a reference to ${index}, which it did not define`);
    this.push(this.#memo.get(index));
  }

  put(index = this.#memo.size): void {
    this.#memo.set(index, this.top());
  }

  append(values: readonly unknown[]): void {
    const list = this.top();
    if (Array.isArray(list)) for (const value of values) list.push(value);
    else if (!(list instanceof Inert)) this.fail('values appended to what is no list');
  }

  /** Keys and values in turn. */
  set(pairs: readonly unknown[]): void {
    const target = this.top();
    if (target instanceof Inert) target.items ??= new Map();
    const dict = target instanceof Inert ? target.items : target;
    if (!(dict instanceof Map) || pairs.length % 2 !== 0) this.fail('entries set in what is no dict');
    for (let i = 0; i < pairs.length; i += 2) dict.set(pairs[i], pairs[i + 1]);
  }

  global(module: unknown, name: unknown): void {
    if (typeof module !== 'string' || typeof name !== 'string') this.fail('a global without a name');
    this.#located(() => this.#meaning.named?.(name));
    this.push(new Global(module, name));
  }

  call(callee: unknown, args: unknown): void {
    if (!Array.isArray(args)) this.fail('a call whose arguments are no tuple');
    const name = callee instanceof Global ? callee.path : 'a computed function';
    const known = this.#located(() => this.#meaning.call(name, args, (operations) => this.spend(operations)));
    this.push(known === undefined ? new Inert(name, args) : known);
  }

  /** What is no object keeps its value: a dict or a tensor may carry attributes, and they are not needed. */
  build(state: unknown): void {
    const built = this.top();
    if (built instanceof Inert) built.state = state;
  }

  persistent(id: unknown): void {
    this.push(this.#located(() => this.#meaning.persistent(id)));
  }

  #floor(): number {
    return this.#marks.at(-1) ?? 0;
  }

  /** Gives a fault of the meaning the position at hand. */
  #located<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (error instanceof PickleFault && error.position < 0)
        throw new PickleFault(error.message, this.#in.at, error.hint);
      throw error;
    }
  }
}
