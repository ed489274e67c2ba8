import { readFileSync } from 'node:fs';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';

export interface GoldenTensors {
  readonly names: readonly string[];
  f32(name: string): Float32Array;
  i32(name: string): Int32Array;
}

/** The expected values of ResNet-9: float64 results, stored as float32. */
export async function resnet9Expected(): Promise<GoldenTensors> {
  const path = new URL('../golden/resnet9/expected.safetensors', import.meta.url);
  const checkpoint = await openSafetensors(bufferSource(readFileSync(path), 'expected.safetensors'));
  const names = [...checkpoint.tensors.keys()];
  const bytes = new Map<string, ArrayBuffer>();
  for (const name of names) bytes.set(name, (await checkpoint.readBytes(name)).slice().buffer as ArrayBuffer);
  return {
    names,
    f32: (name) => new Float32Array(bytes.get(name)!),
    i32: (name) => new Int32Array(bytes.get(name)!),
  };
}
