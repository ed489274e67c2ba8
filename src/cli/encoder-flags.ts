import { type Command, Option } from 'commander';
import { precisionNamed } from '../encoder/precision.js';
import { MemgpuError } from '../errors.js';
import { PRECISIONS } from '../kernels/design.js';
import type { EncoderOptions } from '../library.js';
import { checkArchitectureOptions } from '../models/architecture-options.js';
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
  command
    .optionsGroup('Encoder (what its file cannot tell):')
    .option('--heads <N>', 'attention heads of a transformer (default: by its width)', numeric('--heads'))
    .option(
      '--stem <imagenet|cifar>',
      'first layers of a ResNet: 7x7 with pooling, or 3x3 without (default: by its weights)',
    )
    .option('--stride <3x3|1x1>', 'which convolution of a ResNet bottleneck takes the stride (default: 3x3)')
    .option('--origin <NAME>', 'whose code trained it, where several share its names: DINO, MAE, timm ...')
    .option('--size <PIXELS>', "side of the encoder's input (default: the family's)", numeric('--size'))
    .option('--norm <NAME|M,M,M/S,S,S>', "imagenet, half, none, or means and deviations (default: the family's)")
    .option('--eps <X>', "epsilon of its normalisations (default: the family's)", numeric('--eps'));
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
