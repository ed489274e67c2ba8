import { describe, expect, test } from 'vitest';
import { type EncoderNote, warningsOfEncoders } from '../../src/analysis/build-report.js';
import { resolveOptions } from '../../src/analysis/options.js';
import { presetOfTraining } from '../../src/images/presets.js';
import { exampleReport } from '../report/example.js';

const { f, g } = exampleReport().encoders;
const codes = ({
  training,
  augment = 'simclr',
  given = false,
}: {
  training?: string;
  augment?: unknown;
  given?: boolean;
}) =>
  warningsOfEncoders({
    options: resolveOptions({ augment }),
    f: { ...f, ...(training !== undefined && { training }) },
    g: undefined,
    given,
    notes: { f: [], g: [] },
  }).map(({ code }) => code);

describe('views of another training', () => {
  test.each([
    ['DINO', 'simclr', 'dino-global'],
    ['DINOv2', 'mae', 'dino-global'],
    ['MAE', 'simclr', 'mae'],
    ['SimCLR', 'dino-global', 'simclr'],
    ['MoCo v3', 'mae', 'simclr'],
  ])('%s under %s warns, and names %s', (training, augment, wanted) => {
    const [warning] = warningsOfEncoders({
      options: resolveOptions({ augment }),
      f: { ...f, training },
      g,
      given: false,
      notes: { f: [], g: [] },
    });
    expect(warning).toMatchObject({ code: 'VIEWS_NOT_OF_TRAINING', value: augment });
    expect(warning!.message).toContain(`--augment ${wanted}`);
    expect(codes({ training, augment: wanted })).toEqual([]);
  });

  test('are no matter where the training is not known, or known for no views', () => {
    expect(codes({})).toEqual([]);
    expect(codes({ training: 'supervised', augment: 'mae' })).toEqual([]);
  });

  test.each(['weak', 'normal', 'strong', 'independent', 'none', [{ op: 'horizontal-flip', p: 0.5 }]])(
    '%j is no framework’s: a choice',
    (augment) => {
      expect(codes({ training: 'DINO', augment })).toEqual([]);
    },
  );

  test('given views are as they are', () => {
    expect(codes({ training: 'DINO', given: true })).toEqual([]);
  });
});

describe('what was assumed', () => {
  const heads: EncoderNote = { code: 'HEADS_ASSUMED', message: '6 heads are assumed.' };
  const other: EncoderNote = { code: 'HEADS_ASSUMED', message: '3 heads are assumed.' };
  const messages = (ofF: readonly EncoderNote[], ofG?: readonly EncoderNote[]) =>
    warningsOfEncoders({
      options: resolveOptions({}),
      f,
      g: ofG && g,
      given: false,
      notes: { f: ofF, g: ofG ?? [] },
    }).map(({ code, message }) => `${code} ${message}`);

  test('of one encoder is said as it is', () => {
    expect(messages([heads])).toEqual(['HEADS_ASSUMED 6 heads are assumed.']);
  });

  test('of two is said once where both agree, else of each', () => {
    expect(messages([heads], [heads])).toEqual(['HEADS_ASSUMED f and g: 6 heads are assumed.']);
    expect(messages([heads], [other])).toEqual([
      'HEADS_ASSUMED f: 6 heads are assumed.',
      'HEADS_ASSUMED g: 3 heads are assumed.',
    ]);
    expect(messages([], [other])).toEqual(['HEADS_ASSUMED g: 3 heads are assumed.']);
  });
});

test('a training’s versions have the preset of its first', () => {
  expect(['MoCo', 'MoCo v2', 'DINO', 'DINOv2', 'jigsaw'].map(presetOfTraining)).toEqual([
    'simclr',
    'simclr',
    'dino-global',
    'dino-global',
    undefined,
  ]);
});
