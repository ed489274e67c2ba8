import { type Command, Option } from 'commander';
import type { EncoderOptions } from '../library.js';
import { numeric } from './numbers.js';

export interface EncoderFlags {
  readonly size?: number;
  readonly norm?: string;
  readonly eps?: number;
}

/** What a checkpoint cannot tell; it holds for f and g. */
export function addEncoderFlags(command: Command): void {
  command
    .optionsGroup('Encoder (what its file cannot tell):')
    .option('--size <PIXELS>', "side of the encoder's input (default: the family's)", numeric('--size'))
    .option('--norm <NAME|M,M,M/S,S,S>', "imagenet, half, none, or means and deviations (default: the family's)")
    .option('--eps <X>', "epsilon of its normalisations (default: the family's)", numeric('--eps'));
}

export function encoderOptions({ size, norm, eps }: EncoderFlags): EncoderOptions {
  return {
    ...(size !== undefined && { size }),
    ...(norm !== undefined && { norm }),
    ...(eps !== undefined && { eps }),
  };
}

export function addAdapterFlag(command: Command): void {
  const option = new Option('--adapter <NAME>', "auto, hardware, software, or a part of an adapter's name");
  command.optionsGroup('Adapter:').addOption(option.default('auto', 'auto'));
}
