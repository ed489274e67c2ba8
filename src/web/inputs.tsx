import type { SetName } from '../analysis/result.js';
import { count, counted } from '../report/amounts.js';
import { visible } from '../report/text.js';
import type { Controller } from './controller.js';
import type { EncoderRole, EncoderSummary, SetSummary } from './engine/contract.js';
import { InputField } from './input-field.js';
import type { PageState } from './state.js';

interface Text {
  readonly title: string;
  readonly explanation: string;
}

const ENCODERS: Readonly<Record<EncoderRole, Text>> = {
  f: {
    title: 'Encoder f',
    explanation: 'The network to examine: a safetensors or PyTorch file, or a folder as Hugging Face’s tools write it.',
  },
  g: {
    title: 'Reference g (optional)',
    explanation:
      'The same network, trained without the candidates. With it memory can be told from images that are merely easy.',
  },
};

const SETS: Readonly<Record<SetName, Text>> = {
  candidates: {
    title: 'Candidates',
    explanation: 'Images that f was trained on and g was not: does f remember them?',
  },
  external: {
    title: 'External images (the control)',
    explanation: 'Images like the candidates that neither encoder was trained on.',
  },
  shared: { title: 'Shared images (optional)', explanation: 'Images that both encoders were trained on.' },
  independent: { title: 'Independent images (optional)', explanation: 'Images that g was trained on and f was not.' },
};

const CHECKPOINTS = '.safetensors,.pth,.pt,.bin,.ckpt,.tar,.json';

/** Encoders and images. */
export function Inputs({ state, controller }: { state: PageState; controller: Controller }) {
  const encoder = (role: EncoderRole) => (
    <InputField
      {...ENCODERS[role]}
      slot={state.encoders[role]}
      choose={(chosen) => controller.choose(role, chosen)}
      failed={(error) => controller.failed(error)}
      summary={(found: EncoderSummary) => <EncoderFound found={found} />}
      accept={CHECKPOINTS}
    />
  );
  const images = (set: SetName) => (
    <InputField
      {...SETS[set]}
      slot={state.sets[set]}
      choose={(chosen) => controller.choose(set, chosen)}
      failed={(error) => controller.failed(error)}
      part={{
        value: state.settings.parts[set] ?? '',
        change: (part) =>
          controller.change({ ...state.settings, parts: { ...state.settings.parts, [set]: part.trim() } }),
      }}
      summary={(found: SetSummary) => (
        <>
          {counted(found.images, 'image')}
          {found.classes > 0 && ` in ${counted(found.classes, 'class', 'classes')}`}
        </>
      )}
    />
  );
  const more = (['shared', 'independent'] as const).some((set) => state.sets[set].is !== 'empty');
  return (
    <>
      <section aria-labelledby="encoders">
        <h2 id="encoders">Encoders</h2>
        <div class="pair">
          {encoder('f')}
          {encoder('g')}
        </div>
      </section>
      <section aria-labelledby="images">
        <h2 id="images">Images</h2>
        <p class="explanation">
          Pictures (PNG, JPEG, WebP) or a folder of them, a CIFAR binary, or a safetensors file with a tensor{' '}
          <code>images</code>.
        </p>
        <div class="pair">
          {images('candidates')}
          {images('external')}
        </div>
        <details open={more}>
          <summary>More sets</summary>
          <div class="pair">
            {images('shared')}
            {images('independent')}
          </div>
        </details>
      </section>
    </>
  );
}

function EncoderFound({ found: { facts, layers, notes } }: { found: EncoderSummary }) {
  return (
    <>
      {visible(facts.family)}, {count(facts.parameters)} parameters, {counted(layers.length, 'layer')} to measure,
      images of {facts.preprocessing.size} × {facts.preprocessing.size} pixels
      {notes.map((note) => (
        <span class="note" key={note}>
          {visible(note)}
        </span>
      ))}
    </>
  );
}
