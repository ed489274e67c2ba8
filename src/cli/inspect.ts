import type { Command } from 'commander';
import { describeGraph } from '../graph/facts.js';
import { openCheckpoint } from '../library.js';
import { loadModel, type Model } from '../models/load.js';
import { CONFIGS } from '../platform/find-checkpoint.js';
import { nodeHost } from '../platform/node-host.js';
import { count, counted, shortCount } from '../report/amounts.js';
import { wrap } from '../report/table.js';
import { addEncoderFlags, type EncoderFlags, encoderOptions } from './encoder-flags.js';
import { groupIgnored } from './ignored-tensors.js';
import { nodeTable } from './node-table.js';
import { addOutputFlags, type OutputFlags, openTerminal } from './terminal.js';

/** Columns where nothing tells how many there are. */
const WIDTH = 80;
/** Of a fact's name. */
const NAME = 10;
const SHOWN_IGNORED = 8;

/** What each stem means, whatever the kernel of its convolution. */
const STEMS = { imagenet: ' (stride 2, max pooling)', cifar: ' (stride 1, no pooling)' } as const;

export function addInspectCommand(program: Command): void {
  const command = program
    .command('inspect')
    .description('show what an encoder is: nodes, shapes, units, parameters, multiply-adds')
    .argument('<encoder>', 'path or address of a checkpoint, or a folder with model.safetensors or pytorch_model.bin');
  addEncoderFlags(command);
  addOutputFlags(command, 'print one JSON document');
  command.addHelpText('after', '\nExample:\n  memgpu inspect encoder.safetensors --json');
  command.action(runInspect);
}

async function runInspect(encoder: string, flags: EncoderFlags & OutputFlags): Promise<void> {
  const terminal = openTerminal(flags);
  const options = encoderOptions(flags);
  const { checkpoint, weights, sha256 } = await openCheckpoint(nodeHost(), encoder);
  let model: Model;
  try {
    model = await loadModel(weights, options);
  } finally {
    await checkpoint.close();
  }
  const { name: file, wrapper = '', tensors } = checkpoint;
  const configs = Object.keys(weights.config ?? {}).map((name) => CONFIGS[name as keyof typeof CONFIGS]);
  const dtypes = dtypesOf(tensors);
  const document = describe({ file, ...(wrapper !== '' && { wrapper }), sha256, dtypes, configs }, model);
  if (flags.json) terminal.print(JSON.stringify(document, null, 2));
  else {
    const ignored = groupIgnored(document.ignored, tensors.keys());
    const width = Math.max(WIDTH, process.stdout.columns ?? 0);
    terminal.say(linesOf(document, ignored, width, flags.verbose === true).join('\n'));
  }
}

interface FileFacts {
  readonly file: string;
  /** Of a PyTorch file: the keys that lead to the weights. */
  readonly wrapper?: string;
  readonly sha256: string;
  /** How many tensors have each type of numbers. */
  readonly dtypes: Readonly<Record<string, number>>;
  /** The files beside it that were read for what it cannot tell. */
  readonly configs: readonly string[];
}

/** What `--json` prints. */
function describe(file: FileFacts, { graph, facts, preprocessing, defaultTaps, headline, notes }: Model) {
  const { nodes, totals } = describeGraph(graph);
  return {
    ...file,
    ...facts,
    preprocessing,
    notes,
    nodes: nodes.map((node) => ({
      ...node,
      aliases: node.aliases ?? [],
      /** Whether it is measured unless `--layers` names others. */
      tapped: defaultTaps.includes(node.name),
      /** Whether its UnitMem leads a report. */
      headline: headline.includes(node.name),
    })),
    totals,
  };
}

function linesOf(
  document: ReturnType<typeof describe>,
  ignored: readonly string[],
  width: number,
  verbose: boolean,
): string[] {
  const { totals, nodes, wrapper, configs, training, heads, options, notes } = document;
  const others =
    ignored.length > SHOWN_IGNORED ? `, and ${ignored.length - SHOWN_IGNORED} more (--json lists all)` : '';
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['file', document.file],
    ['under', wrapper],
    ['sha256', document.sha256],
    ['numbers', numbersOf(document.dtypes)],
    ['beside', configs.length === 0 ? undefined : configs.join(', ')],
    ['family', `${document.family}, named as in: ${document.map}`],
    ['learned by', training],
    ['heads', heads?.toString()],
    [
      'as told',
      options &&
        Object.entries(options)
          .map(([name, value]) => `${name} ${value}${name === 'stem' ? STEMS[value as keyof typeof STEMS] : ''}`)
          .join(', '),
    ],
    ['input', inputOf(document.preprocessing)],
    ['epsilon', `${document.eps.toExponential()}, of its normalisations`],
    ['parameters', `${count(totals.parameters)}; ${count(totals.multiplyAdds)} multiply-adds per view`],
    ['ignored', ignored.length === 0 ? 'no tensor' : `${ignored.slice(0, SHOWN_IGNORED).join(', ')}${others}`],
    ...notes.map(({ code, message }) => ['note', `${message} (${code})`] as const),
  ];
  const sums = ['  total', 'units of convs, linear', '', count(totals.units)];
  const costs = [shortCount(totals.parameters), shortCount(totals.multiplyAdds)];
  return [
    ...facts.flatMap(([name, value]) => (value === undefined ? [] : factLines(name, value, width))),
    '',
    ...nodeTable(nodes, [...sums, ...costs], width, !verbose),
    '',
    ...wrap(
      '* measured by default; --layers names others. Shapes and multiply-adds (madds) are per view. --verbose lists every node, --json also their aliases.',
      width,
    ),
  ];
}

function dtypesOf(tensors: ReadonlyMap<string, { readonly dtype: string }>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { dtype } of tensors.values()) counts[dtype] = (counts[dtype] ?? 0) + 1;
  return counts;
}

/** Such as 'F16', or 'mixed: F32 (62 tensors), I64 (20 tensors)'. */
function numbersOf(dtypes: Readonly<Record<string, number>>): string {
  const types = Object.entries(dtypes);
  if (types.length === 1) return types[0]![0];
  return `mixed: ${types.map(([dtype, n]) => `${dtype} (${counted(n, 'tensor')})`).join(', ')}`;
}

function factLines(name: string, value: string, width: number): string[] {
  const lead = `${name.padEnd(NAME)} `;
  // What has no blank, a path or a digest, is not cut.
  if (!value.includes(' ')) return [lead + value];
  const [first = '', ...more] = wrap(value, width - lead.length);
  return [lead + first, ...more.map((line) => ' '.repeat(lead.length) + line)];
}

function inputOf({ size, mean, std, interpolation, resize }: Model['preprocessing']): string {
  const resized = resize === undefined ? '' : `shorter side to ${resize}, centre `;
  return `${resized}${size} × ${size} (${interpolation}), mean ${mean.join(' ')}, deviation ${std.join(' ')}`;
}
