import { erf } from './erf.js';
import type { RefTensor } from './safetensors.js';

type Row = Float64Array<ArrayBuffer>;
/** Of one image: tokens × channels. */
type Rows = readonly Row[];
type Tensors = ReadonlyMap<string, RefTensor>;

/**
 * A Vision Transformer's forward pass in float64, written from its definition over the tensors of a file under timm's
 * names, without the graph: one image [3, size, size], positions as stored. Values of golden/README's nodes, flat.
 */
export function vitForward(tensors: Tensors, image: ArrayLike<number>, size: number, heads: number, eps = 1e-6) {
  const nodes = new Map<string, number[]>();
  const keep = (name: string, rows: Rows) => {
    nodes.set(
      name,
      rows.flatMap((row) => [...row]),
    );
    return rows;
  };
  const get = (name: string) => tensors.get(name)?.data;
  const [width = 0, , patch = 1] = tensors.get('patch_embed.proj.weight')!.shape;
  const linear = (name: string, rows: Rows): Rows => {
    const [weight, bias] = [get(`${name}.weight`)!, get(`${name}.bias`)];
    return rows.map((row) =>
      Float64Array.from({ length: weight.length / row.length }, (_, o) =>
        row.reduce((sum, value, i) => sum + value * weight[o * row.length + i]!, bias?.[o] ?? 0),
      ),
    );
  };
  const norm = (name: string, rows: Rows): Rows =>
    rows.map((row) => {
      const mean = row.reduce((a, b) => a + b, 0) / row.length;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
      const [weight, bias] = [get(`${name}.weight`)!, get(`${name}.bias`)!];
      return row.map((value, i) => ((value - mean) / Math.sqrt(variance + eps)) * weight[i]! + bias[i]!);
    });
  const scaled = (name: string, rows: Rows): Rows => {
    const gamma = get(name);
    return gamma ? rows.map((row) => row.map((value, i) => value * gamma[i]!)) : rows;
  };
  const sum = (a: Rows, b: Rows): Rows => a.map((row, t) => row.map((value, i) => value + b[t]![i]!));

  const side = size / patch;
  const pixels: Rows = Array.from({ length: side * side }, (_, p) =>
    Float64Array.from({ length: 3 * patch * patch }, (_, i) => {
      const [c, y, x] = [Math.floor(i / patch ** 2), Math.floor(i / patch) % patch, i % patch];
      return image[(c * size + Math.floor(p / side) * patch + y) * size + (p % side) * patch + x]!;
    }),
  );
  const patches = keep('patch_embed', linear('patch_embed.proj', pixels));

  const rowsOf = (name: string): Rows => {
    const data = get(name) ?? [];
    return Array.from({ length: data.length / width }, (_, t) =>
      Float64Array.from({ length: width }, (_, i) => data[t * width + i]!),
    );
  };
  const prefix = [...rowsOf('cls_token'), ...rowsOf('reg_token')];
  const table = rowsOf('pos_embed');
  const leading = table.length - patches.length;
  const tokens = [...prefix.slice(0, leading), ...patches].map((row, t) =>
    row.map((value, i) => value + table[t]![i]!),
  );
  tokens.splice(leading, 0, ...prefix.slice(leading));
  let stream = keep('tokens', tokens);

  for (let n = 0; tensors.has(`blocks.${n}.norm1.weight`); n++) {
    const at = `blocks.${n}`;
    const qkv = linear(`${at}.attn.qkv`, norm(`${at}.norm1`, stream));
    const size = width / heads;
    const part = (row: Row, which: number, h: number) =>
      row.subarray(which * width + h * size, which * width + (h + 1) * size);
    const dot = (a: Row, b: Row) => a.reduce((total, value, i) => total + value * b[i]!, 0);
    const probabilities = Array.from({ length: heads }, (_, h) =>
      qkv.map((query) => {
        const powers = Float64Array.from(qkv, (key) =>
          Math.exp(dot(part(query, 0, h), part(key, 1, h)) / Math.sqrt(size)),
        );
        const total = powers.reduce((a, b) => a + b, 0);
        return powers.map((power) => power / total);
      }),
    );
    keep(`${at}.attn.probs`, probabilities.flat());
    const context = qkv.map((_, t) =>
      Float64Array.from({ length: width }, (_, i) => {
        const h = Math.floor(i / size);
        return qkv.reduce((total, key, k) => total + probabilities[h]![t]![k]! * key[2 * width + i]!, 0);
      }),
    );
    const attention = keep(`${at}.attn`, scaled(`${at}.ls1.gamma`, linear(`${at}.attn.proj`, context)));
    stream = keep(`${at}.add_attn`, sum(stream, attention));
    const hidden = linear(`${at}.mlp.fc1`, norm(`${at}.norm2`, stream));
    const gated = get(`${at}.mlp.fc2.weight`)!.length / width < hidden[0]!.length;
    const activated = hidden.map((row) =>
      gated
        ? row.subarray(0, row.length / 2).map((a, i) => (a / (1 + Math.exp(-a))) * row[row.length / 2 + i]!)
        : row.map((value) => (value / 2) * (1 + erf(value / Math.SQRT2))),
    );
    keep(`${at}.mlp.act`, activated);
    const mlp = keep(`${at}.mlp`, scaled(`${at}.ls2.gamma`, linear(`${at}.mlp.fc2`, activated)));
    stream = keep(`${at}.out`, sum(stream, mlp));
  }
  const mean = (rows: Rows) => {
    const only = rows.slice(prefix.length);
    return keep('pool', [only[0]!.map((_, i) => only.reduce((total, row) => total + row[i]!, 0) / only.length)]);
  };
  const last = () => {
    if (tensors.has('fc_norm.weight')) return keep('fc_norm', norm('fc_norm', mean(stream)));
    const normed = keep('norm', norm('norm', stream));
    return tensors.has('cls_token') ? keep('cls', [normed[0]!]) : mean(normed);
  };
  const pooled = last();
  if (tensors.has('head.weight')) keep('fc', linear('head', pooled));
  return nodes;
}
