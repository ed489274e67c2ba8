/**
 * A report made of synthetic scores, with every field filled: what a run over a ResNet-9 would give, smaller. Candidates
 * are remembered from the last stage on, and nothing else is.
 */
import type { EncoderFacts, PrecisionError, Report, SetFacts, SetName, SetScores } from '../../src/analysis/result.js';
import { scoreSet } from '../../src/analysis/scores.js';
import { type LayerFacts, summarize } from '../../src/analysis/summary.js';
import { pcg4d } from '../../src/metrics/hash.js';

export interface ExampleOptions {
  /** Whether there is a g; default true. */
  readonly reference?: boolean;
  /** Images per set; default 80 candidates, 80 external. */
  readonly sizes?: Readonly<Partial<Record<SetName, number>>>;
  /** How strongly f remembers the candidates; default 1, 0 for not at all. */
  readonly memory?: number;
  /** Its error is in the report where it is not f32, the default. */
  readonly precision?: string;
}

const TAPS: readonly (readonly [node: string, kind: string, shape: readonly number[], label: string])[] = [
  ['prep.relu', 'relu', [4, 32, 32], 'conv 1 after ReLU'],
  ['layer1_head.relu', 'relu', [8, 16, 16], 'conv 2-0 after ReLU'],
  ['layer1_residual1.relu', 'relu', [8, 8, 8], 'conv 2-1 after ReLU'],
  ['layer1_residual2.relu', 'relu', [8, 8, 8], 'conv 2-2 after ReLU'],
  ['add', 'add', [8, 8, 8], 'Res2'],
  ['layer2.relu', 'relu', [16, 8, 8], 'conv 3 after ReLU'],
  ['layer3_head.relu', 'relu', [32, 4, 4], 'conv 4-0 after ReLU'],
  ['layer3_residual1.relu', 'relu', [32, 2, 2], 'conv 4-1 after ReLU'],
  ['layer3_residual2.relu', 'relu', [32, 2, 2], 'conv 4-2 after ReLU'],
  ['add_1', 'add', [32, 2, 2], 'Res6'],
  ['pooled', 'maxpool', [32], 'pooled features'],
];

export const EXAMPLE_LAYERS: readonly LayerFacts[] = TAPS.map(([node, kind, shape, label], l) => ({
  node,
  label,
  kind,
  units: shape[0]!,
  shape,
  predecessor: TAPS[l - 1]?.[0] ?? null,
}));

const DEFAULT_SIZES = { candidates: 80, external: 80 };

/** Uniform in [0, 1), the same for the same four numbers. */
export function uniform(a: number, b: number, c: number, d: number): number {
  const out = new Uint32Array(4);
  pcg4d(a, b, c, d, out);
  return out[0]! / 4294967296;
}

/** Scores of the example's sets; the fourth candidate's name is fit to break a careless CSV or HTML writer. */
export function exampleScores(options: ExampleOptions = {}): SetScores[] {
  const { reference = true, sizes = DEFAULT_SIZES, memory = 1 } = options;
  return Object.entries(sizes).map(([name, n], s) => {
    const set = name as SetName;
    const remembered = set === 'candidates' ? memory : set === 'independent' ? -memory : 0;
    const layers = EXAMPLE_LAYERS.map(({ node, units }, l) => {
      const strength = 0.04 * Math.max(0, l - 6) * remembered;
      const alignmentG = Float64Array.from({ length: n }, (_, i) => 0.5 + 0.3 * uniform(i, l, s, 1));
      const alignmentF = alignmentG.map((a, i) => a * (1 - strength) * (0.9 + 0.2 * uniform(i, l, s, 2)));
      const mu = new Float32Array(n * units);
      for (let k = 0; k < mu.length; k++) {
        const unit = k % units;
        mu[k] = unit === units - 1 ? 0 : -Math.log(1 - uniform(k, l, s, 3)) - (l === 9 && unit === 0 ? 0.5 : 0);
      }
      return { node, units, alignmentF, alignmentG: reference ? alignmentG : null, mu };
    });
    const file = (i: number) => (set === 'candidates' && i === 3 ? '=1+1,"<b>&.png' : `${set}/image-${i}.png`);
    return scoreSet(
      {
        set,
        index: Array.from({ length: n }, (_, i) => 100 * s + i),
        names: Array.from({ length: n }, (_, i) => file(i)),
        labels: Array.from({ length: n }, (_, i) => (i % 5 === 4 ? null : ['cat', 'dog', 'ship'][i % 3]!)),
        layers,
      },
      { score: 'ratio', unitRest: 'mean' },
    );
  });
}

const encoder = (file: string, digit: string): EncoderFacts => ({
  file,
  sha256: digit.repeat(64),
  family: 'ResNet-9',
  map: 'authors',
  training: 'SimCLR',
  heads: 4,
  options: { heads: 4, stem: 'cifar', stride: '1x1', origin: 'moco' },
  parameters: 1644672,
  eps: 1e-5,
  preprocessing: { size: 32, resize: 36, interpolation: 'bilinear', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  ignored: ['classifier.2.weight', 'classifier.2.bias'],
});

/** A 1 × 1 PNG. */
const PICTURE =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

/** report.json's content, from `exampleScores`. */
export function exampleReport(options: ExampleOptions = {}): Report {
  const { reference = true, precision = 'f32' } = options;
  const scores = exampleScores(options);
  const summary = summarize(scores, EXAMPLE_LAYERS, {
    unitRest: 'mean',
    confidence: 0.95,
    resamples: 200,
    seed: 0,
    views: 10,
    score: 'ratio',
    compared: true,
    sameEncoder: false,
  });
  const facts = ({ set, index }: SetScores): [SetName, SetFacts] => [
    set,
    { source: `train_part.bin@split.json:${set}`, n: index.length, sha256: 'c'.repeat(64) },
  ];
  return {
    schema: 'memgpu-report/1',
    memgpu: '0.1.0',
    created: '2026-01-02T03:04:05.000Z',
    mode: 'recommended',
    settings: {
      views: 10,
      augment: 'simclr',
      seed: 0,
      layers: null,
      tokens: 'all',
      features: 'normalized',
      distance: 'l2',
      pairs: 'all',
      score: 'ratio',
      unitRest: 'mean',
      precision,
      batch: 'auto',
      confidence: 0.95,
      resamples: 200,
    },
    adapters: [
      {
        name: 'SwiftShader (embedded software adapter)',
        kind: 'software',
        origin: 'embedded',
        vendor: 'google',
        architecture: 'swiftshader',
        device: 'SwiftShader Device',
        driver: 'SwiftShader driver',
        subgroups: { min: 4, max: 4 },
        timestamps: true,
        limits: {
          maxBufferSize: 1073741824,
          maxStorageBufferBindingSize: 1073741824,
          maxComputeWorkgroupStorageSize: 16384,
          maxComputeInvocationsPerWorkgroup: 256,
          maxComputeWorkgroupsPerDimension: 65535,
        },
      },
    ],
    encoders: reference
      ? { f: encoder('f.safetensors', 'a'), g: encoder('g.safetensors', 'b') }
      : { f: encoder('f.safetensors', 'a') },
    sets: Object.fromEntries(scores.map(facts)),
    ...(precision !== 'f32' && { precision: examplePrecision(precision, reference) }),
    ...summary,
    images: summary.images.map((image) => ({ ...image, picture: image.rank <= 12 ? PICTURE : null })),
    timings: { load: 0.4, run: 12.5, summary: 0.2 },
  };
}

/** Errors that grow with depth. */
function examplePrecision(name: string, reference: boolean): PrecisionError {
  const layers = EXAMPLE_LAYERS.map(({ node }, l) => ({
    node,
    units: (l + 1) * 3.71e-5,
    alignment: (l + 1) * 1e-4,
    sslmem: reference ? (l + 1) * 2e-6 : null,
  }));
  return { name, images: 2, layers };
}

type Draft<T> = { -readonly [K in keyof T]: Draft<T[K]> };

/** A copy to be changed. */
export function draftOf(report: Report): Draft<Report> {
  return structuredClone(report) as Draft<Report>;
}
