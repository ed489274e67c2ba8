import { type Command, Option } from 'commander';
import { precisionNamed } from '../encoder/precision.js';
import { MemgpuError } from '../errors.js';
import { PRECISIONS } from '../kernels/design.js';
import type { EncoderOptions } from '../library.js';
import { checkArchitectureOptions } from '../models/architecture-options.js';
import { MODEL_NUMBERS, MODEL_OPTION_NAMES, MODEL_OPTION_TEXTS } from '../models/option-texts.js';
import { numeric } from './numbers.js';

export interface EncoderFlags {
  readonly heads?: number;
  readonly stem?: string;
  readonly stride?: string;
  readonly origin?: string;
  readonly size?: number;
  readonly norm?: string;
  readonly eps?: number;
  readonly precision?: string;
}

/** What a checkpoint cannot tell; it holds for f and g. */
export function addEncoderFlags(command: Command): void {
  command.optionsGroup('Encoder (what its file cannot tell):');
  for (const name of MODEL_OPTION_NAMES) {
    const { value, text } = MODEL_OPTION_TEXTS[name];
    const option = new Option(`--${name} <${value}>`, text);
    if (MODEL_NUMBERS.includes(name)) option.argParser(numeric(`--${name}`));
    command.addOption(option);
  }
}

/** @throws BAD_OPTION naming the flag, and the nearest known value */
export function encoderOptions(flags: EncoderFlags): EncoderOptions {
  const { size, norm, eps, precision, heads, stem, stride, origin } = flags;
  return {
    ...flagged(() => checkArchitectureOptions({ heads, stem, stride, origin })),
    ...(precision !== undefined && { precision: flagged(() => precisionNamed(precision)) }),
    ...(size !== undefined && { size }),
    ...(norm !== undefined && { norm }),
    ...(eps !== undefined && { eps }),
  };
}

/** A check whose message begins with the option's name. */
function flagged<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof MemgpuError)) throw error;
    throw new MemgpuError(error.code, `--${error.message}`, { ...(error.hint && { hint: error.hint }), cause: error });
  }
}

/** For commands that have no options of an analysis, where it is one. */
export function addPrecisionFlag(command: Command): void {
  const option = new Option('--precision <NAME>', `arithmetic (${PRECISIONS.join(', ')})`);
  command.addOption(option.default('f32', 'f32'));
}

export function addAdapterFlag(command: Command): void {
  const option = new Option('--adapter <NAME>', "auto, hardware, software, or a part of an adapter's name");
  command.optionsGroup('Adapter:').addOption(option.default('auto', 'auto'));
}
