import * as v from 'valibot';
import { MemgpuError } from '../errors.js';
import type { ArchitectureOptions, Note, StatedSizes, Weights } from './family.js';
import type { Preprocessing } from './preprocessing.js';

/** Parsed JSON of the files that the Hugging Face Hub keeps beside weights. */
export interface ConfigFiles {
  /** `config.json`, of transformers or timm. */
  readonly model?: unknown;
  /** `preprocessor_config.json`. */
  readonly preprocessor?: unknown;
}

/** What these files say of an encoder; of less weight than its user's word, of more than its naming's habits. */
export interface Configured extends ArchitectureOptions {
  readonly eps?: number;
  readonly preprocessing?: Partial<Preprocessing>;
  /** What the tensors' shapes must agree with. */
  readonly sizes?: StatedSizes;
  readonly notes?: readonly Note[];
}

const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const triple = v.strictTuple([v.number(), v.number(), v.number()]);
const deviations = v.strictTuple([positive(), positive(), positive()]);
const side = v.union([
  count,
  v.looseObject({ height: count, width: count }),
  v.looseObject({ shortest_edge: count }),
  v.strictTuple([count, count]),
]);

const Model = v.looseObject({
  model_type: v.optional(v.string()),
  hidden_size: v.optional(count),
  num_hidden_layers: v.optional(count),
  num_attention_heads: v.optional(count),
  layer_norm_eps: v.optional(v.pipe(v.number(), v.minValue(0))),
  hidden_act: v.optional(v.string()),
  use_swiglu_ffn: v.optional(v.boolean()),
  image_size: v.optional(side),
  downsample_in_bottleneck: v.optional(v.boolean()),
  downsample_in_first_stage: v.optional(v.boolean()),
});

/** Types of model whose tensors are named as another's, by the naming that has their habits. */
const ORIGINS: ReadonlyMap<string, string> = new Map([['vit_mae', 'Hugging Face ViT-MAE']]);

/**
 * Architectures of timm whose tensors may be those of a plain one, or are told better by name. As its models are declared:
 * `aa_layer`, `ResPostBlock`, `pre_norm` and `quick_gelu`, GELU by tanh.
 */
const NOT_COMPUTED: readonly (readonly [architecture: RegExp, what: string])[] = [
  [/res(net|next)(blur|aa)\d/, 'anti-aliased pooling'],
  [/_rpn_/, 'normalisation behind the sub-layers'],
  [/_relpos_/, 'relative positions'],
  [/_clip_|_quickgelu_/, 'normalisation before the blocks, or quick-GELU'],
  [/_siglip_/, 'GELU by tanh, or pooling by attention'],
];

/** timm's `config.json`. */
const Timm = v.looseObject({
  architecture: v.string(),
  model_args: v.optional(v.looseObject({ num_heads: v.optional(count), act_layer: v.optional(v.string()) })),
  pretrained_cfg: v.looseObject({
    input_size: v.optional(v.strictTuple([count, count, count])),
    crop_pct: v.optional(positive()),
    interpolation: v.optional(v.string()),
    mean: v.optional(triple),
    std: v.optional(deviations),
  }),
});

const Preprocessor = v.looseObject({
  image_processor_type: v.optional(v.string()),
  feature_extractor_type: v.optional(v.string()),
  do_resize: v.optional(v.boolean()),
  size: v.optional(side),
  do_center_crop: v.optional(v.boolean()),
  crop_size: v.optional(side),
  crop_pct: v.optional(v.nullable(positive())),
  resample: v.optional(v.number()),
  do_rescale: v.optional(v.boolean()),
  rescale_factor: v.optional(v.number()),
  do_normalize: v.optional(v.boolean()),
  image_mean: v.optional(triple),
  image_std: v.optional(deviations),
});

/** PIL's numbers. */
const FILTERS: Readonly<Record<number, Preprocessing['interpolation']>> = { 2: 'bilinear', 3: 'bicubic' };

/** ConvNext's processor, which ResNets have: below this size the centre is cut out of a larger picture. */
const CONVNEXT_SQUASHES_FROM = 384;

/**
 * Reads heads, epsilon, the stride's place, the origin and preprocessing from the files beside weights. A `config.json` that is
 * neither transformers' nor timm's is left aside, with a note. Where a processor squashes a picture that is not square, its centre is
 * taken instead.
 *
 * @throws UNKNOWN_ARCHITECTURE naming the file and the key where it asks for what memgpu does not compute, or has another
 * type than these files have
 */
export function readConfig({ name, config = {} }: Pick<Weights, 'name' | 'config'>): Configured {
  const { preprocessing, ...model } = config.model === undefined ? {} : readModel(name, config.model);
  const processed = config.preprocessor === undefined ? {} : readPreprocessor(name, config.preprocessor);
  const both = { ...preprocessing, ...processed };
  return { ...model, ...(Object.keys(both).length > 0 && { preprocessing: both }) };
}

function readModel(name: string, json: unknown): Configured {
  const file = `${name}: config.json`;
  if (isObject(json) && typeof json.architecture === 'string' && isObject(json.pretrained_cfg))
    return readTimm(file, parse(Timm, json, file));
  if (!isObject(json) || typeof json.model_type !== 'string') {
    const message = "config.json beside the encoder is neither transformers' nor timm's: nothing was taken from it";
    return { notes: [{ code: 'CONFIG_UNUSED', message }] };
  }
  const model = parse(Model, json, file);
  const activation = model.model_type === 'resnet' ? 'relu' : 'gelu';
  if (model.hidden_act !== undefined && !model.use_swiglu_ffn && model.hidden_act !== activation)
    throw refused(file, `hidden_act '${model.hidden_act}'`, `memgpu computes '${activation}'`);
  if (model.downsample_in_first_stage)
    throw refused(
      file,
      'downsample_in_first_stage',
      'in the ResNets that memgpu computes, the first stage has stride 1',
    );
  const origin = ORIGINS.get(json.model_type);
  const { hidden_size: width, num_hidden_layers: depth } = model;
  if (model.image_size !== undefined) squareOf(model.image_size, file, 'image_size');
  return {
    ...(model.num_attention_heads !== undefined && { heads: model.num_attention_heads }),
    ...(model.layer_norm_eps !== undefined && { eps: model.layer_norm_eps }),
    ...(model.downsample_in_bottleneck === true && { stride: '1x1' }),
    ...(origin !== undefined && { origin }),
    ...((width !== undefined || depth !== undefined) && {
      sizes: { ...(width !== undefined && { width }), ...(depth !== undefined && { depth }) },
    }),
  };
}

function readTimm(file: string, { architecture, model_args, pretrained_cfg }: v.InferOutput<typeof Timm>): Configured {
  const [, special] = NOT_COMPUTED.find(([pattern]) => pattern.test(architecture)) ?? [];
  if (special !== undefined)
    throw refused(file, `architecture '${architecture.slice(0, 60)}'`, `memgpu does not compute ${special}`);
  const { input_size, crop_pct = 1, interpolation, mean, std } = pretrained_cfg;
  const activation = model_args?.act_layer;
  if (activation !== undefined && activation !== 'gelu')
    throw refused(file, `act_layer '${activation}'`, "memgpu computes 'gelu'");
  const size = input_size && squareOf([input_size[1], input_size[2]], file, 'input_size');
  return {
    ...(model_args?.num_heads !== undefined && { heads: model_args.num_heads }),
    preprocessing: {
      ...(size !== undefined && { size, resize: Math.max(size, Math.floor(size / crop_pct)) }),
      ...((interpolation === 'bilinear' || interpolation === 'bicubic') && { interpolation }),
      ...(mean && { mean }),
      ...(std && { std }),
    },
  };
}

function readPreprocessor(name: string, json: unknown): Partial<Preprocessing> {
  const file = `${name}: preprocessor_config.json`;
  // A list has no keys, and would pass for a file that says nothing.
  const read = parse(Preprocessor, Array.isArray(json) ? null : json, file);
  const { rescale_factor = 1 / 255 } = read;
  if (read.do_rescale === false || Math.abs(rescale_factor * 255 - 1) > 1e-6)
    throw refused(file, 'another scale than 1/255', 'memgpu feeds values from 0 to 1');
  const interpolation = read.resample === undefined ? undefined : FILTERS[read.resample];
  if (read.resample !== undefined && !interpolation)
    throw refused(file, `resample ${read.resample}`, 'memgpu resizes by 2 (bilinear) and 3 (bicubic)');
  const { image_mean: mean, image_std: std } = read;
  return {
    ...inputOf(read, file),
    ...(interpolation && { interpolation }),
    ...(read.do_normalize === false
      ? { mean: [0, 0, 0], std: [1, 1, 1] }
      : { ...(mean && { mean }), ...(std && { std }) }),
  };
}

/** Size of the input, and of the picture that it is cut from. */
function inputOf(
  read: v.InferOutput<typeof Preprocessor>,
  file: string,
): Partial<Pick<Preprocessing, 'size' | 'resize'>> {
  if (read.size === undefined) return {};
  const whole = squareOf(read.size, file, 'size');
  if (/^ConvNext/i.test(read.image_processor_type ?? read.feature_extractor_type ?? '')) {
    const { crop_pct } = read;
    const cut = whole < CONVNEXT_SQUASHES_FROM;
    return { size: whole, resize: cut ? Math.trunc(whole / (crop_pct ?? 224 / 256)) : whole };
  }
  if (!read.do_center_crop || read.crop_size === undefined) return { size: whole, resize: whole };
  const size = squareOf(read.crop_size, file, 'crop_size');
  return { size, resize: read.do_resize === false ? size : Math.max(size, whole) };
}

function squareOf(value: v.InferOutput<typeof side>, file: string, key: string): number {
  if (typeof value === 'number') return value;
  if ('shortest_edge' in value) return value.shortest_edge as number;
  const [height, width] = Array.isArray(value) ? value : [value.height, value.width];
  if (height !== width) throw refused(file, `${key} ${height} × ${width}`, 'memgpu feeds square views');
  return height as number;
}

function parse<S extends v.GenericSchema>(schema: S, json: unknown, file: string): v.InferOutput<S> {
  const { success, output, issues } = v.safeParse(schema, json);
  if (success) return output;
  const [issue] = issues;
  const key = v.getDotPath(issue) ?? 'its whole';
  throw new MemgpuError(
    'UNKNOWN_ARCHITECTURE',
    `${file}: ${key} is ${issue.received.slice(0, 60)}, not ${issue.expected?.slice(0, 60)}`,
    {
      hint: "Mend the file, or move it away to use the defaults of the encoder's family.",
    },
  );
}

function refused(file: string, what: string, instead: string): MemgpuError {
  return new MemgpuError('UNKNOWN_ARCHITECTURE', `${file} asks for ${what}; ${instead}`, {
    hint: 'If the file does not belong to these weights, move it away.',
  });
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function positive() {
  return v.pipe(v.number(), v.gtValue(0));
}
