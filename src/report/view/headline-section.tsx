import { presentSets } from '../../analysis/headline.js';
import type { EncoderFacts, Report, Warning } from '../../analysis/result.js';
import { findingOf } from '../finding.js';
import { LONGEST_NOTICE, noticesOf, WARNINGS_TITLE } from '../notices.js';
import { visible } from '../text.js';
import { FileName, Name } from './name.js';

/** What is shown, by what, and what to know before trusting it. */
export function HeadlineSection({ report }: { report: Report }) {
  const { encoders, settings, sets } = report;
  const { headline, reading, verdict } = findingOf(report);
  const { warnings, notes } = noticesOf(report);
  const alone = encoders.g === undefined;
  return (
    <header>
      <p class="kicker">memgpu report · {report.created.slice(0, 10)}</p>
      <h1 class={alone ? 'none' : (verdict ?? 'none')} part="headline">
        {headline}
      </h1>
      {reading.length > 0 && <p>{reading.join(' ')}</p>}
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
          {typeof settings.augment === 'string' ? visible(settings.augment) : 'own augmentation'}),{' '}
          {settings.tokens !== 'all' && settings.tokens !== undefined && `tokens ${visible(`${settings.tokens}`)}, `}
          seed {visible(`${settings.seed}`)}, mode {visible(report.mode)}
        </dd>
        <dt>Adapter</dt>
        <dd>
          {report.adapters.map((adapter, a) => (
            <span class="item" key={a}>
              <Name text={adapter.name} max={80} />
              {adapter.kind === 'software' && ', in software'}
            </span>
          ))}
        </dd>
      </dl>
      {warnings.length > 0 && (
        <section class="warnings">
          <h2>{WARNINGS_TITLE}</h2>
          <ul>
            {warnings.map((warning, w) => (
              <li key={w}>
                <Notice notice={warning} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {notes.map((note, n) => (
        <p class="note" key={n}>
          Note: <Notice notice={note} />
        </p>
      ))}
    </header>
  );
}

function Notice({ notice: { code, message } }: { notice: Warning }) {
  return (
    <>
      <Name text={message} max={LONGEST_NOTICE} /> <span class="code">{visible(code)}</span>
    </>
  );
}

function Encoder({ facts }: { facts: EncoderFacts }) {
  return (
    <>
      <FileName path={facts.file} max={80} />: {visible(facts.family)}, {facts.parameters.toLocaleString('en-US')}{' '}
      parameters
    </>
  );
}
