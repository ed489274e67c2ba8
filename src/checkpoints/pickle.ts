import { PickleBytes } from './pickle-bytes.js';
import { PickleMachine, type PickleMeaning } from './pickle-machine.js';

const PROTOCOL_MAX = 5;
const STOP = 0x2e;

type Step = (machine: PickleMachine, input: PickleBytes) => void;

/** By opcode; names are those of Python's `pickletools`. */
const STEPS: ReadonlyMap<number, Step> = new Map<number, Step>([
  [0x28, (m) => m.mark()], // MARK
  [0x29, (m) => m.push([])], // EMPTY_TUPLE
  [0x30, (m) => m.drop()], // POP
  [0x31, (m) => void m.popMark()], // POP_MARK
  [0x32, (m) => m.push(m.top())], // DUP
  [0x42, (m, i) => m.push(i.bytes(i.u32()))], // BINBYTES
  [0x43, (m, i) => m.push(i.bytes(i.u8()))], // SHORT_BINBYTES
  [0x47, (m, i) => m.push(i.f64())], // BINFLOAT
  [0x49, (m, i) => m.push(i.decimal())], // INT
  [0x4a, (m, i) => m.push(i.i32())], // BININT
  [0x4b, (m, i) => m.push(i.u8())], // BININT1
  [0x4d, (m, i) => m.push(i.u16())], // BININT2
  [0x4e, (m) => m.push(null)], // NONE
  [0x51, (m) => m.persistent(m.pop())], // BINPERSID
  [0x52, call(2)], // REDUCE
  [0x54, (m, i) => m.push(i.text(i.u32()))], // BINSTRING
  [0x55, (m, i) => m.push(i.text(i.u8()))], // SHORT_BINSTRING
  [0x58, (m, i) => m.push(i.text(i.u32()))], // BINUNICODE
  [0x5d, (m) => m.push([])], // EMPTY_LIST
  [0x61, (m) => m.append(m.popMany(1))], // APPEND
  [0x62, (m) => m.build(m.pop())], // BUILD
  [0x63, (m, i) => m.global(i.line(), i.line())], // GLOBAL
  [
    0x64,
    (m) => {
      const pairs = m.popMark();
      m.push(new Map());
      m.set(pairs);
    },
  ], // DICT
  [0x65, (m) => m.append(m.popMark())], // APPENDS
  [0x68, (m, i) => m.get(i.u8())], // BINGET
  [0x6a, (m, i) => m.get(i.u32())], // LONG_BINGET
  [0x6c, (m) => m.push(m.popMark())], // LIST
  [0x71, (m, i) => m.put(i.u8())], // BINPUT
  [0x72, (m, i) => m.put(i.u32())], // LONG_BINPUT
  [0x73, (m) => m.set(m.popMany(2))], // SETITEM
  [0x74, (m) => m.push(m.popMark())], // TUPLE
  [0x75, (m) => m.set(m.popMark())], // SETITEMS
  [0x7d, (m) => m.push(new Map())], // EMPTY_DICT
  [0x80, (m, i) => (i.u8() > PROTOCOL_MAX ? m.fail(`a protocol above ${PROTOCOL_MAX}`) : undefined)], // PROTO
  [0x81, call(2)], // NEWOBJ
  [0x85, (m) => m.push(m.popMany(1))], // TUPLE1
  [0x86, (m) => m.push(m.popMany(2))], // TUPLE2
  [0x87, (m) => m.push(m.popMany(3))], // TUPLE3
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x8a, (m, i) => m.push(i.integer(i.u8()))], // LONG1
  [0x8b, (m, i) => m.push(i.integer(i.u32()))], // LONG4
  [0x8c, (m, i) => m.push(i.text(i.u8()))], // SHORT_BINUNICODE
  [0x8d, (m, i) => m.push(i.text(i.u64()))], // BINUNICODE8
  [0x8e, (m, i) => m.push(i.bytes(i.u64()))], // BINBYTES8
  [0x8f, (m) => m.push([])], // EMPTY_SET
  [0x90, (m) => m.append(m.popMark())], // ADDITEMS
  [0x91, (m) => m.push(m.popMark())], // FROZENSET
  [0x92, call(3)], // NEWOBJ_EX: the keywords do not matter to what stays inert
  [
    0x93,
    (m) => {
      const [module, name] = m.popMany(2);
      m.global(module, name);
    },
  ], // STACK_GLOBAL
  [0x94, (m) => m.put()], // MEMOIZE
  [0x95, (_, i) => void i.u64()], // FRAME
  [0x96, (m, i) => m.push(i.bytes(i.u64()))], // BYTEARRAY8
]);

/** Takes the callee, its arguments, and whatever more there is. */
function call(values: number): Step {
  return (m) => {
    const [callee, args] = m.popMany(values);
    m.call(callee, args);
  };
}

/**
 * Reads one pickle (protocols 2 to 5, and the binary opcodes of 1) without executing anything: numbers, strings, bytes
 * (Uint8Array), None (null); tuples, lists and sets as arrays; dicts as Maps; globals as `Global`; all else as `meaning`
 * says or `Inert`. Integers beyond 2^53 are bigints. Values may contain themselves.
 *
 * @returns the value, and the position after the pickle
 * @throws PickleFault where it is broken, uses an opcode that no such file needs, or takes too many steps; PickleCut where
 *   `bytes` end before it does
 */
export function readPickle(
  bytes: Uint8Array,
  start: number,
  meaning: PickleMeaning,
): { readonly value: unknown; readonly end: number } {
  const input = new PickleBytes(bytes, start);
  const machine: PickleMachine = new PickleMachine(input, meaning);
  for (;;) {
    machine.spend(1);
    const opcode = input.u8();
    if (opcode === STOP) return { value: machine.pop(), end: input.at };
    const step = STEPS.get(opcode);
    if (step === undefined) {
      const name = `0x${opcode.toString(16).padStart(2, '0')}`;
      machine.fail(`the opcode ${name}, which is not read`, input.at - 1);
    }
    step(machine, input);
  }
}
