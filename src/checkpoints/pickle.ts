import { PickleBytes } from './pickle-bytes.js';
import { PickleMachine, type PickleMeaning } from './pickle-machine.js';

const PROTOCOL_MAX = 5;
const STOP = 0x2e;

type Step = (machine: PickleMachine, input: PickleBytes) => void;

/** By opcode, in the order of their numbers; names are those of Python's `pickletools`. */
const STEPS: Readonly<Partial<Record<number, Step>>> = {
  // MARK, EMPTY_TUPLE
  40: (m) => m.mark(),
  41: (m) => m.push([]),
  // POP, POP_MARK, DUP
  48: (m) => m.drop(),
  49: (m) => void m.popMark(),
  50: (m) => m.push(m.top()),
  // BINBYTES, SHORT_BINBYTES
  66: (m, i) => m.push(i.bytes(i.u32())),
  67: (m, i) => m.push(i.bytes(i.u8())),
  // BINFLOAT, INT, BININT, BININT1, BININT2, NONE
  71: (m, i) => m.push(i.f64()),
  73: (m, i) => m.push(i.decimal()),
  74: (m, i) => m.push(i.i32()),
  75: (m, i) => m.push(i.u8()),
  77: (m, i) => m.push(i.u16()),
  78: (m) => m.push(null),
  // BINPERSID, REDUCE
  81: (m) => m.persistent(m.pop()),
  82: call(2),
  // BINSTRING, SHORT_BINSTRING (strings of Python 2), BINUNICODE
  84: (m, i) => m.push(i.text(i.u32())),
  85: (m, i) => m.push(i.text(i.u8())),
  88: (m, i) => m.push(i.text(i.u32())),
  // EMPTY_LIST, APPEND
  93: (m) => m.push([]),
  97: (m) => m.append(m.popMany(1)),
  // BUILD, GLOBAL, DICT, APPENDS
  98: (m) => m.build(m.pop()),
  99: (m, i) => m.global(i.line(), i.line()),
  100: (m) => {
    const pairs = m.popMark();
    m.push(new Map());
    m.set(pairs);
  },
  101: (m) => m.append(m.popMark()),
  // BINGET, LONG_BINGET, LIST
  104: (m, i) => m.get(i.u8()),
  106: (m, i) => m.get(i.u32()),
  108: (m) => m.push(m.popMark()),
  // BINPUT, LONG_BINPUT, SETITEM, TUPLE, SETITEMS, EMPTY_DICT
  113: (m, i) => m.put(i.u8()),
  114: (m, i) => m.put(i.u32()),
  115: (m) => m.set(m.popMany(2)),
  116: (m) => m.push(m.popMark()),
  117: (m) => m.set(m.popMark()),
  125: (m) => m.push(new Map()),
  // PROTO, NEWOBJ
  128: (m, i) => (i.u8() > PROTOCOL_MAX ? m.fail(`a protocol above ${PROTOCOL_MAX}`) : undefined),
  129: call(2),
  // TUPLE1, TUPLE2, TUPLE3
  133: (m) => m.push(m.popMany(1)),
  134: (m) => m.push(m.popMany(2)),
  135: (m) => m.push(m.popMany(3)),
  // NEWTRUE, NEWFALSE, LONG1, LONG4
  136: (m) => m.push(true),
  137: (m) => m.push(false),
  138: (m, i) => m.push(i.integer(i.u8())),
  139: (m, i) => m.push(i.integer(i.u32())),
  // SHORT_BINUNICODE, BINUNICODE8, BINBYTES8
  140: (m, i) => m.push(i.text(i.u8())),
  141: (m, i) => m.push(i.text(i.u64())),
  142: (m, i) => m.push(i.bytes(i.u64())),
  // EMPTY_SET, ADDITEMS, FROZENSET
  143: (m) => m.push([]),
  144: (m) => m.append(m.popMark()),
  145: (m) => m.push(m.popMark()),
  // NEWOBJ_EX (whose keywords do not matter to what stays inert), STACK_GLOBAL, MEMOIZE, FRAME, BYTEARRAY8
  146: call(3),
  147: (m) => {
    const [module, name] = m.popMany(2);
    m.global(module, name);
  },
  148: (m) => m.put(),
  149: (_, i) => void i.u64(),
  150: (m, i) => m.push(i.bytes(i.u64())),
};

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
    const step = STEPS[opcode];
    if (step === undefined) {
      const name = `0x${opcode.toString(16).padStart(2, '0')}`;
      machine.fail(`the opcode ${name}, which is not read`, input.at - 1);
    }
    step(machine, input);
  }
}
