import { presentSets } from '../../analysis/headline.js';
import type { EncoderFacts, Report } from '../../analysis/result.js';
import { type Finding, findingOf, headlineSentence, ONE_ENCODER, SET_PHRASES } from '../finding.js';
import { confidence } from '../format.js';
import { visible } from '../text.js';
import { Name } from './name.js';

const LONGEST_WARNING = 800;

/** What is shown, by what, and what to know before trusting it. */
export function HeadlineSection({ report }: { report: Report }) {
  const { encoders, settings, sets, warnings } = report;
  const found = findingOf(report);
  const alone = encoders.g === undefined;
  return (
    <header>
      <p class="kicker">memgpu report · {report.created.slice(0, 10)}</p>
      <h1 class={alone ? 'none' : (found?.verdict ?? 'none')}>{headlineSentence(report)}</h1>
      {found !== null && <p>{reading(report, found)}</p>}
      {alone && <p>{ONE_ENCODER}</p>}
      <dl class="facts">
        <dt>Encoder f</dt>
        <dd>
          <Encoder facts={encoders.f} />
        </dd>
        <dt>Reference g</dt>
        <dd>{encoders.g === undefined ? 'none' : <Encoder facts={encoders.g} />}</dd>
        <dt>Images</dt>
        <dd>
          {presentSets(sets)
            .map((name) => `${sets[name]!.n} ${name}`)
            .join(', ')}
        </dd>
        <dt>Run</dt>
        <dd>
          {visible(`${settings.views}`)} views (
          {typeof settings.augment === 'string' ? visible(settings.augment) : 'own augmentation'}), seed{' '}
          {visible(`${settings.seed}`)}, mode {visible(report.mode)}
        </dd>
        <dt>Adapter</dt>
        <dd>
          {report.adapters.map((adapter, a) => (
            <span class="item" key={a}>
              <Name text={adapter.name} max={80} />
              {adapter.kind === 'software' && ', in software: slower than a GPU, the same numbers'}
            </span>
          ))}
        </dd>
      </dl>
      {warnings.length > 0 && (
        <section class="warnings">
          <h2>Before you trust the numbers</h2>
          <ul>
            {warnings.map(({ code, message, value }, w) => (
              <li key={w}>
                <span class="code">
                  {visible(code)}
                  {typeof value === 'number' && ` ${Number(value.toPrecision(4))}`}
                </span>{' '}
                <Name text={message} max={LONGEST_WARNING} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </header>
  );
}

/** What the headline's numbers are. */
function reading(report: Report, found: Finding): string {
  const alone = report.encoders.g === undefined;
  const [a, b] = [SET_PHRASES[found.contrast.a], SET_PHRASES[found.contrast.b]];
  return [
    ...(alone && found.verdict === 'shown' ? [found.statement] : []),
    `The number is ${alone ? `the alignment of ${b} minus that of ${a}` : `LayerMem of ${a} minus that of ${b}`}, with its ${confidence(report)} interval.`,
    found.layersAbove,
  ].join(' ');
}

function Encoder({ facts }: { facts: EncoderFacts }) {
  return (
    <>
      <Name text={facts.file} max={80} />: {visible(facts.family)}, {facts.parameters.toLocaleString('en-US')}{' '}
      parameters
    </>
  );
}
