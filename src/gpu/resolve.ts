import { MemgpuError } from '../errors.js';
import { evaluate, type Scope } from './expression.js';

/**
 * Makes the final WGSL of a kernel from a file of `shaders/`: pure, and the only text processing there is.
 *
 *     #import "lib/quad.wgsl"         the library file, once, at this place; in an #if only where its arm is taken, and
 *                                     not in a #for
 *     #if TAPS > 1 … #elif … #else … #endif
 *     #for m in 0..ROWS … #endfor     the lines once for each m (end excluded): unrolled, so that every array index and
 *                                     register name is a constant
 *     ${4 * m + r}                    the value of an expression over constants and loop variables, anywhere in a line
 *
 * Constants come first in the result as `const NAME = value;` (numbers as `u32` where whole and not negative, else
 * `f32`; booleans as `bool`); a constant whose name starts with a lower-case letter, or whose value is a string, is for
 * `#if`, `#for` and `${}` alone. `enable` and `requires` directives are moved to the top, as WGSL wants them.
 *
 * @throws SHADER_COMPILE naming the line for an unknown directive, name or import, or an unbalanced block.
 */
export function resolveShader(
  source: string,
  constants: Readonly<Record<string, number | boolean | string>>,
  library: Readonly<Record<string, string>> = {},
): string {
  const body = expand(parse(source, library), new Map(Object.entries(constants)), library, new Set());
  const directives = [...new Set(body.filter((line) => /^\s*(enable|requires)\b/.test(line)).map((l) => l.trim()))];
  const declared = Object.entries(constants)
    .filter(([name, value]) => /^[A-Z]/.test(name) && typeof value !== 'string')
    .map(([name, value]) => `const ${name} = ${literal(value as number | boolean)};`);
  const rest = body.filter((line) => !/^\s*(enable|requires)\b/.test(line));
  return `${[...directives, ...declared, ...rest].join('\n')}\n`;
}

function literal(value: number | boolean): string {
  if (typeof value === 'boolean') return String(value);
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 32) return `${value}u`;
  const text = String(value);
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
}

type Part =
  | { readonly kind: 'line'; readonly text: string; readonly line: number }
  | { readonly kind: 'import'; readonly name: string }
  | { readonly kind: 'if'; readonly arms: readonly Arm[] }
  | {
      readonly kind: 'for';
      readonly name: string;
      readonly from: string;
      readonly to: string;
      readonly body: readonly Part[];
      readonly line: number;
    };
interface Arm {
  readonly condition: string | null;
  readonly body: Part[];
  readonly line: number;
}

interface Open {
  readonly parts: Part[];
  readonly arms: Arm[] | null;
  readonly close: 'endif' | 'endfor' | null;
  readonly line: number;
}

type Library = Readonly<Record<string, string>>;

function parse(source: string, library: Library): Part[] {
  const stack: Open[] = [{ parts: [], arms: null, close: null, line: 0 }];
  const top = () => stack[stack.length - 1] as Open;
  const into = () => {
    const { parts, arms } = top();
    return arms ? (arms[arms.length - 1] as Arm).body : parts;
  };
  source.split('\n').forEach((text, index) => {
    const line = index + 1;
    const [, word, rest = ''] = /^\s*#(\w+)\s*(.*?)\s*$/.exec(text) ?? [];
    switch (word) {
      case undefined:
        into().push({ kind: 'line', text, line });
        return;
      case 'import': {
        const name = /^"([^"]+)"$/.exec(rest)?.[1];
        if (name === undefined || library[name] === undefined) throw wrong(line, text, 'no such library file');
        if (stack.some(({ close }) => close === 'endfor')) throw wrong(line, text, 'an import may not stand in a #for');
        into().push({ kind: 'import', name });
        return;
      }
      case 'if': {
        const arms: Arm[] = [{ condition: rest, body: [], line }];
        into().push({ kind: 'if', arms });
        stack.push({ parts: [], arms, close: 'endif', line });
        return;
      }
      case 'elif':
      case 'else': {
        const { arms } = top();
        if (!arms || (arms[arms.length - 1] as Arm).condition === null) throw wrong(line, text, 'no #if is open here');
        arms.push({ condition: word === 'else' ? null : rest, body: [], line });
        return;
      }
      case 'for': {
        const [, name, from, to] = /^(\w+)\s+in\s+(.+?)\.\.(.+)$/.exec(rest) ?? [];
        if (name === undefined || from === undefined || to === undefined) {
          throw wrong(line, text, 'expected "#for name in from..to"');
        }
        const body: Part[] = [];
        into().push({ kind: 'for', name, from, to, body, line });
        stack.push({ parts: body, arms: null, close: 'endfor', line });
        return;
      }
      case 'endif':
      case 'endfor':
        if (top().close !== word) throw wrong(line, text, 'nothing to close here');
        stack.pop();
        return;
      default:
        throw wrong(line, text, 'unknown directive');
    }
  });
  if (stack.length > 1) throw wrong(top().line, '', `#${top().close} is missing for the block opened here`);
  return (stack[0] as Open).parts;
}

function expand(parts: readonly Part[], scope: Scope, library: Library, imported: Set<string>): string[] {
  const out: string[] = [];
  const add = (inner: readonly Part[], names: Scope) => out.push(...expand(inner, names, library, imported));
  for (const part of parts) {
    if (part.kind === 'line') {
      out.push(part.text.replace(/\$\{([^}]*)\}/g, (_, expression) => String(number(expression, scope, part.line))));
    } else if (part.kind === 'import') {
      if (imported.has(part.name)) continue;
      imported.add(part.name);
      add(parse(library[part.name] as string, library), scope);
    } else if (part.kind === 'if') {
      const arm = part.arms.find(({ condition, line }) => condition === null || number(condition, scope, line) !== 0);
      if (arm) add(arm.body, scope);
    } else {
      const from = number(part.from, scope, part.line);
      const to = number(part.to, scope, part.line);
      for (let value = from; value < to; value++) add(part.body, new Map([...scope, [part.name, value]]));
    }
  }
  return out;
}

function number(expression: string, scope: Scope, line: number): number {
  try {
    return evaluate(expression, scope);
  } catch (error) {
    throw wrong(line, expression, error instanceof Error ? error.message : String(error));
  }
}

function wrong(line: number, text: string, why: string): MemgpuError {
  return new MemgpuError('SHADER_COMPILE', `shader line ${line}: ${why}: ${text.trim()}`);
}
