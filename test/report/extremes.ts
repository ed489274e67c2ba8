/** Reports at the edges of what a run can give, for whatever shows them. */
import type { LayerResult, Report } from '../../src/analysis/result.js';
import { draftOf, exampleReport } from './example.js';

/** Names that would break out of markup, hide, or turn the text around: all of it others' text. */
export const HOSTILE = {
  script: '</script><script>window.broken = 1</script><img src=x onerror="window.broken = 1">',
  quotes: `"><b onmouseover='window.broken = 1'>&amp;`,
  override: 'cat\u202Egpj.exe',
  controls: 'a\u0000b\u001b[31mc\nd\u2028e',
  long: `${'very/long/'.repeat(410)}picture.png`,
  half: 'half \ud800 pair',
  comment: '<!--<script><style><![CDATA[',
  formula: '=HYPERLINK("https://example.invalid","x")',
  dots: '../../../../etc/passwd',
  tokens: '{{window.broken = 1}}%00%0d%0a',
} as const;

export function hostileReport(): Report {
  const report = draftOf(exampleReport());
  const names = Object.values(HOSTILE);
  report.encoders.f.file = HOSTILE.script;
  report.encoders.g!.file = HOSTILE.long;
  report.encoders.f.ignored = names;
  report.sets.candidates!.source = HOSTILE.override;
  report.adapters[0]!.name = HOSTILE.quotes;
  report.settings.layers = HOSTILE.script;
  report.warnings.push({ code: 'ODD', message: HOSTILE.script + HOSTILE.controls, value: HOSTILE.quotes });
  report.images.forEach((image, i) => {
    image.name = names[i % names.length]!;
    image.label = names[(i + 1) % names.length]!;
  });
  report.images[0]!.picture = 'https://example.invalid/picture.png';
  for (const layer of [report.layers[0]!, report.layers.at(-1)!]) {
    layer.node = HOSTILE.script;
    layer.label = HOSTILE.long;
  }
  return report;
}

/** Of one layer, of `count` layers in place of the example's, each with its own name. */
export function reportOfDepth(count: number, report = exampleReport()): Report {
  const layers = Array.from({ length: count }, (_, l): LayerResult => {
    const layer = report.layers[Math.floor((l * report.layers.length) / count)]!;
    return { ...layer, node: `blocks.${l}.mlp.act`, label: `FC ${l}`, predecessor: l === 0 ? null : `blocks.${l - 1}` };
  });
  if (count > 1) return { ...report, layers };
  const alone = draftOf(report).layers.at(-1)!;
  for (const set of Object.values(alone.sets)) Object.assign(set, { delta: null, deltaInterval: null });
  return { ...report, layers: [{ ...alone, predecessor: null }] };
}

/** With views of one image that never differ, in either encoder, at the layers that `chosen` picks. */
export function withEqualViews(report: Report, chosen: (layer: number) => boolean): Report {
  const nothing = { interval: [0, 0], layermem: 0, alignment: 0, alignmentInterval: [0, 0] } as const;
  const layers = report.layers.map((layer, l): LayerResult => {
    if (!chosen(l)) return layer;
    const sets = Object.entries(layer.sets).map(([set, found]) => [set, { ...found, ...nothing }]);
    const contrasts = layer.contrasts.map(
      (contrast) => ({ ...contrast, difference: 0, interval: [0, 0], auc: 0.5 }) as const,
    );
    return { ...layer, sets: Object.fromEntries(sets), contrasts };
  });
  return { ...report, layers };
}

/** With attention maps, which have no units, in place of the layers that `chosen` picks. */
export function withAttentionMaps(report: Report, chosen: (layer: number) => boolean): Report {
  const layers = report.layers.map((layer, l): LayerResult => {
    if (!chosen(l)) return layer;
    const sets = Object.entries(layer.sets).map(([set, found]) => [set, { ...found, unitmem: null }]);
    const contrasts = layer.contrasts.map((contrast) => ({ ...contrast, unitmem: null }));
    const map = { node: `blocks.${l}.attn.probs`, label: `block ${l + 1}: attention probabilities`, kind: 'softmax' };
    return { ...layer, ...map, units: 0, shape: [3, 65, 65], sets: Object.fromEntries(sets), contrasts };
  });
  const gone = new Set(report.layers.filter((_, l) => chosen(l)).map(({ node }) => node));
  return { ...report, layers, units: report.units.filter(({ node }) => !gone.has(node)) };
}

/** Every extreme by name. */
export function extremeReports(): Readonly<Record<string, Report>> {
  const sizes = { candidates: 80, shared: 40, independent: 70, external: 120 };
  const allSets = exampleReport({ sizes, precision: 'f16' });
  const example = exampleReport();
  return {
    example,
    'all sets': allSets,
    'nothing remembered': exampleReport({ memory: 0, sizes: { candidates: 100, external: 100 } }),
    'one encoder': exampleReport({ reference: false }),
    'attention maps among others': withAttentionMaps(example, (l) => l % 3 === 0),
    'views that never differ': withEqualViews(example, (l) => l < 2),
    'one encoder, one set': exampleReport({ reference: false, sizes: { candidates: 3 } }),
    'no external': exampleReport({ sizes: { candidates: 80, independent: 80 } }),
    'one layer': reportOfDepth(1),
    'sixty layers': reportOfDepth(60),
    'no pictures': { ...allSets, images: allSets.images.map((image) => ({ ...image, picture: null })) },
    'no units': withoutUnits(example),
    'no layers': { ...example, layers: [], images: [], units: [], warnings: [] },
    noted: notedReport(),
    hostile: hostileReport(),
  };
}

/** With a note, absolute paths, and settings as a run writes them. */
function notedReport(): Report {
  const report = draftOf(exampleReport());
  report.warnings.push({ code: 'SOFTWARE_ADAPTER', message: 'Computed on the CPU.', value: null });
  report.images[0]!.name = '/tmp/runs/candidates.bin#101';
  report.settings = { mode: 'recommended', ...report.settings, layers: ['add', 'pooled'] };
  return report;
}

function withoutUnits(report: Report): Report {
  return {
    ...report,
    units: [],
    layers: report.layers.map((layer) => ({
      ...layer,
      units: 0,
      sets: Object.fromEntries(Object.entries(layer.sets).map(([name, set]) => [name, { ...set, unitmem: null }])),
      contrasts: layer.contrasts.map((contrast) => ({ ...contrast, unitmem: null })),
    })),
  };
}
