import type { Command } from 'commander';
import { describeGraph } from '../graph/facts.js';
import { openCheckpoint } from '../library.js';
import { loadModel, type Model } from '../models/load.js';
import { nodeDecoder } from '../platform/node-images.js';
import { openPath } from '../platform/path-source.js';
import { textTable } from '../report/table.js';
import { count } from './amounts.js';
import { addEncoderFlags, type EncoderFlags, encoderOptions } from './encoder-flags.js';
import { addOutputFlags, type OutputFlags, openTerminal } from './terminal.js';

/** A node's name is what one comes for, so it is never cut. */
const WIDTH = Number.POSITIVE_INFINITY;
const SHOWN_IGNORED = 8;

export function addInspectCommand(program: Command): void {
  const command = program
    .command('inspect')
    .description('show what an encoder is: nodes, shapes, units, parameters, multiply-adds')
    .argument('<encoder>', 'path or address of a checkpoint');
  addEncoderFlags(command);
  addOutputFlags(command, 'print one JSON document');
  command.addHelpText('after', '\nExample:\n  memgpu inspect encoder.safetensors --json');
  command.action(runInspect);
}

async function runInspect(encoder: string, flags: EncoderFlags & OutputFlags): Promise<void> {
  const terminal = openTerminal(flags);
  const { checkpoint, sha256 } = await openCheckpoint({ openPath, decode: nodeDecoder() }, encoder);
  let model: Model;
  try {
    model = await loadModel(checkpoint, encoderOptions(flags));
  } finally {
    await checkpoint.close();
  }
  const document = describe(checkpoint.name, sha256, model);
  terminal.print(flags.json ? JSON.stringify(document, null, 2) : linesOf(document).join('\n'));
}

/** What `--json` prints. */
function describe(file: string, sha256: string, { graph, facts, preprocessing, defaultTaps, headline }: Model) {
  const { nodes, totals } = describeGraph(graph);
  const aliases = new Map(graph.nodes.map((node) => [node.name, node.aliases ?? []]));
  return {
    file,
    sha256,
    ...facts,
    preprocessing,
    nodes: nodes.map((node) => ({
      ...node,
      aliases: aliases.get(node.name)!,
      /** Whether it is measured unless `--layers` names others. */
      tapped: defaultTaps.includes(node.name),
      /** Whether its UnitMem leads a report. */
      headline: headline.includes(node.name),
    })),
    totals,
  };
}

/** A convolution's label is its row in the paper; its alias (`conv2-0`) is what the labels of its followers name. */
function whatOf({ kind, label, aliases }: ReturnType<typeof describe>['nodes'][number]): string {
  const conv = kind === 'conv' ? aliases.find((alias) => /^conv\d/.test(alias)) : undefined;
  return conv === undefined ? label : `${conv.replace('conv', 'conv ')} (row ${label})`;
}

function linesOf(document: ReturnType<typeof describe>): string[] {
  const { preprocessing, ignored, totals } = document;
  const { size, mean, std, interpolation, resize } = preprocessing;
  const resized = resize === undefined ? '' : `shorter side to ${resize}, centre `;
  const others = ignored.length > SHOWN_IGNORED ? `, and ${ignored.length - SHOWN_IGNORED} more` : '';
  const facts = [
    ['file', document.file],
    ['sha256', document.sha256],
    ['family', `${document.family}, named as in: ${document.map}`],
    ['input', `${resized}${size} × ${size} (${interpolation}), mean ${mean.join(' ')}, deviation ${std.join(' ')}`],
    ['ignored', ignored.length === 0 ? 'no tensor' : `${ignored.slice(0, SHOWN_IGNORED).join(', ')}${others}`],
  ];
  const rows = document.nodes.map((node) => [
    `${node.tapped ? '*' : ' '} ${node.name}`,
    whatOf(node),
    node.kind,
    node.shape.join('×'),
    count(node.units),
    node.parameters === 0 ? '' : count(node.parameters),
    node.multiplyAdds === 0 ? '' : count(node.multiplyAdds),
  ]);
  const table = textTable(
    [
      { title: '  node', align: 'left' },
      { title: 'what', align: 'left' },
      { title: 'op', align: 'left' },
      { title: 'shape', align: 'right' },
      { title: 'units', align: 'right' },
      { title: 'parameters', align: 'right' },
      { title: 'mult-adds', align: 'right' },
    ],
    [
      ...rows,
      [
        '  total',
        'units of convolutions',
        '',
        '',
        count(totals.units),
        count(totals.parameters),
        count(totals.multiplyAdds),
      ],
    ],
    WIDTH,
  );
  return [
    ...facts.map(([name, value]) => `${name!.padEnd(10)}${value}`),
    '',
    ...table,
    '',
    '* measured by default; --layers names others. Shapes and multiply-adds are per view.',
  ];
}
