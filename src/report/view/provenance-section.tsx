import type { ComponentChildren } from 'preact';
import { presentSets } from '../../analysis/headline.js';
import type { EncoderFacts, PrecisionError, Report } from '../../analysis/result.js';
import { SETTING_MEANINGS } from '../glossary.js';
import { bound, PRECISION_FIGURES, worstLayer } from '../precision.js';
import { visible } from '../text.js';
import { DataTable } from './data-table.js';
import { Name } from './name.js';

const LONGEST_VALUE = 2000;
const IGNORED_SHOWN = 20;

/** Everything that made the numbers, so that they can be made again. */
export function ProvenanceSection({ report }: { report: Report }) {
  const { encoders, sets, settings, timings } = report;
  return (
    <section class="provenance">
      <h2>How these numbers were made</h2>
      <Facts
        title="Report"
        facts={[
          ['memgpu', visible(report.memgpu)],
          ['schema', visible(report.schema)],
          ['created', visible(report.created)],
          ['mode', visible(report.mode)],
        ]}
      />
      <Facts title="Settings" facts={settingFacts(settings)} />
      {report.precision !== undefined && <PrecisionFacts precision={report.precision} />}
      <Facts title="Encoder f" facts={encoderFacts(encoders.f)} />
      {encoders.g !== undefined && <Facts title="Reference g" facts={encoderFacts(encoders.g)} />}
      {presentSets(sets).map((name) => (
        <Facts
          key={name}
          title={`Set: ${name}`}
          facts={[
            ['source', <Name text={sets[name]!.source} max={120} />],
            ['images', sets[name]!.n],
            ['sha256', visible(sets[name]!.sha256)],
          ]}
        />
      ))}
      {report.adapters.map((adapter, a) => (
        <Facts key={a} title="Adapter" facts={adapterFacts(adapter)} />
      ))}
      <Facts
        title="Timings"
        facts={Object.entries(timings).map(([step, seconds]) => [step, `${Number(seconds.toPrecision(4))} s`])}
      />
    </section>
  );
}

type Fact = readonly [name: string, value: ComponentChildren];

function Facts({ title, facts }: { title: string; facts: readonly Fact[] }) {
  if (facts.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>
              <Name text={name} />
            </dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** The mode stands above, as the report's. */
function settingFacts(settings: Report['settings']): Fact[] {
  return Object.entries(settings)
    .filter(([key]) => key !== 'mode')
    .map(([key, value]) => [
      key,
      <>
        <Value value={value} />
        {SETTING_MEANINGS[key] !== undefined && <span class="meaning"> ({SETTING_MEANINGS[key]})</span>}
      </>,
    ]);
}

/** The largest errors of each kind, then those of every layer. */
function PrecisionFacts({ precision }: { precision: PrecisionError }) {
  const { name, images, layers } = precision;
  const figures = PRECISION_FIGURES.filter(({ key }) => worstLayer(layers, key) !== null);
  return (
    <>
      <Facts
        title={`Error of ${visible(name)} against f32`}
        facts={[
          ['measured on', images === 1 ? 'the first image' : `the first ${images} images`],
          ...figures.map(({ key, name: figure, of }): Fact => {
            const { node, error } = worstLayer(layers, key)!;
            return [
              figure,
              <>
                within {bound(error)} <span class="meaning">({of})</span>, at most at <Name text={node} />
              </>,
            ];
          }),
        ]}
      />
      <DataTable
        caption={`Largest error of ${visible(name)} by layer`}
        columns={[{ title: 'Layer' }, ...figures.map(({ name: title }) => ({ title, number: true }))]}
        rows={layers.map((layer) => ({
          key: layer.node,
          cells: [
            <Name key="layer" text={layer.node} />,
            ...figures.map(({ key }) => {
              const error = layer[key];
              return error === null ? '–' : bound(error);
            }),
          ],
        }))}
      />
    </>
  );
}

/** A list of texts is shown an item a line. */
function Value({ value }: { value: unknown }) {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    return value.map((item, i) => (
      <span class="item" key={i}>
        <Name text={item} />
      </span>
    ));
  }
  return <Name text={typeof value === 'string' ? value : (JSON.stringify(value) ?? '')} max={LONGEST_VALUE} />;
}

function encoderFacts(facts: EncoderFacts): Fact[] {
  const { file, sha256, family, map, training, heads, options, parameters, eps, preprocessing, ignored } = facts;
  const { size, resize, interpolation, mean, std } = preprocessing;
  const left = ignored.length - IGNORED_SHOWN;
  return [
    ['file', <Name text={file} max={120} />],
    ['sha256', visible(sha256)],
    ['family', visible(family)],
    [
      'name map',
      <>
        {visible(map)} <span class="meaning">(how the file's tensors were matched with the encoder's)</span>
      </>,
    ],
    ...(training === undefined ? [] : ([['learned by', visible(training)]] as const)),
    ...(heads === undefined ? [] : ([['attention heads', `${heads}`]] as const)),
    ...Object.entries(options ?? {}).map(([name, value]): Fact => [name, visible(`${value}`)]),
    ['parameters', parameters.toLocaleString('en-US')],
    [
      'input',
      `${size} × ${size} pixels${resize === undefined ? '' : ` from ${resize}`}, ${interpolation}; mean ${mean.join(', ')}; deviation ${std.join(', ')}`,
    ],
    ['epsilon of normalisations', String(eps)],
    [
      'ignored tensors',
      ignored.length === 0 ? (
        'none'
      ) : (
        <>
          {ignored.slice(0, IGNORED_SHOWN).map((tensor) => (
            <span class="item" key={tensor}>
              <Name text={tensor} />
            </span>
          ))}
          {left > 0 && `and ${left} more, listed in report.json`}
        </>
      ),
    ],
  ];
}

function adapterFacts({ limits, subgroups, timestamps, ...facts }: Report['adapters'][number]): Fact[] {
  return [
    ...Object.entries(facts).map(([name, value]): Fact => [name, <Name text={value} max={120} />]),
    ['subgroups', subgroups === null ? 'none' : `${subgroups.min} to ${subgroups.max}`],
    ['timestamps', timestamps ? 'yes' : 'no'],
    ...Object.entries(limits).map(([name, value]): Fact => [name, value.toLocaleString('en-US')]),
  ];
}
