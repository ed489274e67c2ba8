import type { Gpu } from '../src/gpu/gpu.js';
import { productOf } from '../src/kernels/conv.js';
import { tilingFor } from '../src/kernels/design.js';
import { type Tile, tileName } from '../src/kernels/tile.js';
import { candidateTiles, kindOf, tileFor } from '../src/kernels/tiles.js';
import { timeTask } from './case.js';
import { convolutionTask } from './convolutions.js';
import { parseShape, shapeName } from './shapes.js';
import { best } from './timing.js';

/** Convolutions and products of encoders, some of each kind that the table tells apart. */
const SHAPES = {
  software: [
    'conv:8,32,64,64',
    'conv:64,8,64,128',
    'conv:64,4,128,256',
    'conv:8,14,256,256,1',
    'conv:16,32,3,32',
    'conv:32,32,16,16',
    'conv:64,2,256,256',
    'gemm:64,1024,256',
  ],
  hardware: [
    'conv:32,56,64,64',
    'conv:32,28,128,128',
    'conv:32,56,64,256,1',
    'conv:32,224,3,64,7,2',
    'conv:320,32,3,32',
    'conv:320,32,16,16',
    'conv:64,14,256,256',
    'conv:64,14,1024,256,1',
    'conv:64,7,512,512',
    'conv:320,8,64,128',
    'conv:320,8,32,32',
    'conv:320,4,128,256',
    'conv:320,2,256,256',
    'gemm:320,1000,2048',
    'gemm:320,10,512',
  ],
};

/** A shape that tiles are measured on. */
export interface TunedShape {
  /** As `memgpu bench kernels` has it. */
  readonly name: string;
  readonly text: string;
}

export function tunedShapes(kind: 'software' | 'hardware'): TunedShape[] {
  return SHAPES[kind].map((text) => ({ text, name: shapeName(parseShape(text)) }));
}

export interface TileTime {
  readonly tile: string;
  /** The least of the repeats by the best clock: what other work on the machine added is not the tile's. */
  readonly ms: number;
  /** Time of the table's tile / time of this one. */
  readonly speedup: number;
}

export interface ShapeTimes {
  readonly name: string;
  /** Of product: the entry of the table. */
  readonly kind: string;
  readonly table: string;
  /** The table's first. Tiles that give this shape the same kernel are measured once. */
  readonly tiles: readonly TileTime[];
}

/** What was chosen for a kind of products. */
export interface TileChoice {
  readonly kind: string;
  readonly table: string;
  readonly chosen: string;
  /** Against the table's tile: the geometric mean over the shapes of the kind. */
  readonly speedup: number;
}

/** Times every candidate on every shape. @throws BAD_OPTION where the adapter cannot hold a shape */
export async function timeTiles(
  gpu: Gpu,
  shapes: readonly TunedShape[],
  repeats: number,
  onShape: (name: string) => void,
): Promise<ShapeTimes[]> {
  const tiling = tilingFor(gpu.facts);
  const times: ShapeTimes[] = [];
  for (const { name, text } of shapes) {
    onShape(name);
    const conv = parseShape(text);
    const table = tileFor(productOf(conv), tiling);
    const others = candidateTiles(tiling).filter((tile) => tileName(tile) !== tileName(table));
    const byKernel = new Map<string, number>();
    const measured: { tile: Tile; ms: number }[] = [];
    for (const tile of [table, ...others]) {
      const task = convolutionTask(gpu.facts, conv, tile);
      const { code } = task.sized.kernel;
      const ms = byKernel.get(code) ?? best((await timeTask(gpu, repeats, task)).timing).least;
      byKernel.set(code, ms);
      measured.push({ tile, ms });
    }
    const tiles = measured.map(({ tile, ms }) => ({ tile: tileName(tile), ms, speedup: measured[0]!.ms / ms }));
    times.push({ name, kind: kindOf(productOf(conv), tiling), table: tileName(table), tiles });
  }
  return times;
}

/** Less than this is within what repeats differ by. */
const LEAST_SPEEDUP = 1.03;

/** For each kind of products that was measured: the fastest tile, or the table's where none is clearly faster. */
export function chooseTiles(times: readonly ShapeTimes[]): TileChoice[] {
  return [...new Set(times.map(({ kind }) => kind))].map((kind): TileChoice => {
    const shapes = times.filter((shape) => shape.kind === kind);
    const [{ table, tiles }] = shapes as [ShapeTimes];
    const means = tiles.map(({ tile }) => {
      const logs = shapes.map((shape) => Math.log(shape.tiles.find((time) => time.tile === tile)!.speedup));
      return { chosen: tile, speedup: Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length) };
    });
    const fastest = means.reduce((a, b) => (b.speedup > a.speedup ? b : a));
    const chosen = fastest.speedup >= LEAST_SPEEDUP ? fastest : { chosen: table, speedup: 1 };
    return { kind, table, ...chosen };
  });
}
