import { copyFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RefTensor } from '../reference/safetensors.js';
import { writeSafetensors } from '../reference/safetensors.js';
import { tinyResNet9, tinyResNet9Tensors } from '../reference/tiny-resnet9.js';
import type { Cli } from './run-cli.js';

export const goldenFile = (path: string) => fileURLToPath(new URL(`../golden/${path}`, import.meta.url));

/** 64 images of CIFAR-10, by its binary format. */
export const CIFAR = goldenFile('cifar10/train_first64.bin');

/** Writes a pair of tiny encoders of equal shape. */
export function tinyPair(cli: Cli, width = 4): { f: string; g: string } {
  const [f, g] = [cli.path(`f${width}.safetensors`), cli.path(`g${width}.safetensors`)];
  writeFileSync(f, tinyResNet9(1, width));
  writeFileSync(g, tinyResNet9(2, width));
  return { f, g };
}

/** Writes a tiny encoder after a change to its tensors. */
export function spoiledEncoder(cli: Cli, name: string, spoil: (tensors: Map<string, RefTensor>) => void): string {
  const tensors = tinyResNet9Tensors(1);
  spoil(tensors);
  const path = cli.path(name);
  writeFileSync(path, writeSafetensors(tensors));
  return path;
}

/** Copies a golden picture. */
export function copyPicture(file: string, to: string): void {
  copyFileSync(goldenFile(`decoding/${file}`), to);
}
