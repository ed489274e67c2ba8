import type { OpOf } from '../graph/graph.js';
import type { Note, TensorShapes } from './family.js';
import { interpolatePositions, type PositionRule } from './interpolate-positions.js';
import type { Recipe } from './recipe.js';
import { numbersIn } from './vit-recipes.js';

/** What the position table of a checkpoint covers. */
export interface Positions {
  readonly classToken: boolean;
  readonly registers: number;
  /** Patches in a row of the square that the table was made for. */
  readonly side: number;
  /** Rows of the table before those of the patches: of the class token, or of it and the registers, or none. */
  readonly leading: number;
}

/**
 * Reads off the shapes which tokens have positions. The patches' part is taken to be square.
 * @throws SHAPE_MISMATCH where no square remains.
 */
export function positionsOf(shapes: TensorShapes, width: number): Positions {
  const rows = rowsOf(shapes, 'pos_embed', width);
  const classToken = shapes.of('cls_token') !== undefined;
  if (classToken && rowsOf(shapes, 'cls_token', width) !== 1) throw shapes.mismatch('cls_token', `[1, 1, ${width}]`);
  const registers = shapes.of('reg_token') === undefined ? 0 : rowsOf(shapes, 'reg_token', width);
  const prefix = (classToken ? 1 : 0) + registers;
  for (const leading of classToken ? [1, prefix, 0] : [0, prefix]) {
    const side = Math.sqrt(rows - leading);
    if (Number.isInteger(side) && side > 0) return { classToken, registers, side, leading };
  }
  const tokens = prefix === 0 ? 'patches' : `patches, with or without the ${prefix} tokens before them`;
  throw shapes.mismatch('pos_embed', `a square grid of ${tokens}`);
}

/**
 * Tokens before the patches, positions, and the table of both for `to` × `to` patches, computed in float64.
 * @param others origins that the file may have as well, with other rules
 */
export function tokenTable(
  shapes: TensorShapes,
  width: number,
  positions: Positions,
  to: number,
  rule: PositionRule,
  others: readonly string[] = [],
): { readonly op: OpOf<'tokens'>; readonly recipe: Recipe; readonly notes: readonly Note[] } {
  const { classToken, registers, side, leading } = positions;
  const prefix = (classToken ? 1 : 0) + registers;
  const tokens = [...(classToken ? ['cls_token'] : []), ...(registers > 0 ? ['reg_token'] : [])];
  const tensors = ['pos_embed', ...tokens];
  const table = 'tokens.table';
  const grid = (length: number) => ({ height: length, width: length });
  return {
    op: {
      kind: 'tokens',
      table,
      prefix,
      ...(!classToken && registers > 0 && { registersOnly: true }),
      positions: true,
      trained: numbersIn(shapes, tensors),
    },
    recipe: {
      makes: [table],
      from: tensors.map((tensor) => ({ tensor, shape: shapes.of(tensor)! })),
      compute([positionRows, ...given]) {
        const made = new Float32Array((prefix + to * to) * width);
        let at = 0;
        for (const values of given) {
          made.set(values, at);
          at += values.length;
        }
        for (let i = 0; i < leading * width; i++) made[i] = made[i]! + positionRows![i]!;
        const patches = positionRows!.subarray(leading * width);
        made.set(interpolatePositions(patches, grid(side), grid(to), width, rule), prefix * width);
        return [made];
      },
    },
    notes:
      side === to
        ? []
        : [
            {
              code: 'POSITIONS_INTERPOLATED',
              value: to,
              message:
                `positions learned for ${side} × ${side} patches are interpolated to ${to} × ${to} (rule: ${rule})` +
                (others.length > 0
                  ? `; the file does not tell whose code trained it: --origin ${others.join(' or ')} chooses another rule`
                  : ''),
            },
          ],
  };
}

/** Rows of a tensor [1, rows, D] or [rows, 1, D]. */
function rowsOf(shapes: TensorShapes, tensor: string, width: number): number {
  const shape = shapes.of(tensor) ?? [];
  const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1);
  const tokens = shape.length === 3 && shape[2] === width && (shape[0] === 1 || shape[1] === 1) && rows > 0;
  if (!tokens) throw shapes.mismatch(tensor, `[1, tokens, ${width}]`);
  return rows;
}
