import { type Command, Option } from 'commander';
import { MemgpuError } from '../errors.js';
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
export function encoderOptions({ size, norm, eps, heads, stem, stride, origin }: EncoderFlags): EncoderOptions {
  return {
    ...architecture({ heads, stem, stride, origin }),
    ...(size !== undefined && { size }),
    ...(norm !== undefined && { norm }),
    ...(eps !== undefined && { eps }),
  };
}

function architecture(given: Readonly<Record<string, unknown>>): EncoderOptions {
  try {
    return checkArchitectureOptions(given);
  } catch (error) {
    if (!(error instanceof MemgpuError)) throw error;
    throw new MemgpuError(error.code, `--${error.message}`, { ...(error.hint && { hint: error.hint }), cause: error });
  }
}

export function addAdapterFlag(command: Command): void {
  const option = new Option('--adapter <NAME>', "auto, hardware, software, or a part of an adapter's name");
  command.optionsGroup('Adapter:').addOption(option.default('auto', 'auto'));
}
