import { expect, test } from 'vitest';
import { OPTION_NAMES, resolveOptions } from '../../src/analysis/options.js';
import {
  analysisOptions,
  DEFAULT_SETTINGS,
  defaultOf,
  encoderSettings,
  FIRST_OPTIONS,
  faultOf,
  fieldChoices,
  OTHER_OPTIONS,
  type Settings,
} from '../../src/web/settings.js';

const settings = (analysis: Settings['analysis'], encoder: Settings['encoder'] = {}): Settings => ({
  ...DEFAULT_SETTINGS,
  analysis,
  encoder,
});

test('every option of an analysis has a field', () => {
  expect([...FIRST_OPTIONS, ...OTHER_OPTIONS].sort()).toEqual([...OPTION_NAMES].sort());
});

test('fields that are left empty give the defaults of the command line', () => {
  expect(resolveOptions(analysisOptions(DEFAULT_SETTINGS))).toEqual(resolveOptions({}));
  expect(resolveOptions(analysisOptions(settings({ views: ' ', seed: '' })))).toEqual(resolveOptions({}));
});

test('text becomes numbers and lists where an option takes them', () => {
  const given = settings({ views: '4', seed: '7', layers: '*.relu, add', batch: 'auto', confidence: '0.9' });
  expect(analysisOptions(given)).toEqual({
    views: 4,
    seed: 7,
    layers: ['*.relu', 'add'],
    batch: 'auto',
    confidence: 0.9,
  });
});

test('what a checkpoint cannot tell goes to the encoders, the precision with it', () => {
  const given = settings({ precision: 'f16' }, { heads: '6', norm: 'half', stem: '' });
  expect(encoderSettings(given)).toEqual({ heads: 6, norm: 'half', precision: 'f16' });
  expect(analysisOptions(given)).toEqual({});
});

test('a wrong value is told with the option that has it', () => {
  expect(faultOf(DEFAULT_SETTINGS)).toBeNull();
  expect(faultOf(settings({ views: '0' }))).toMatchObject({ option: 'views', code: 'BAD_OPTION' });
  expect(faultOf(settings({ views: 'many' }))).toMatchObject({ option: 'views' });
  expect(faultOf(settings({ views: '1' }))).toMatchObject({ option: 'views' });
});

test('lists offer every value, and the default stands for an empty field', () => {
  expect(fieldChoices('augment')).toContain('simclr');
  expect(fieldChoices('distance')).toContain('cosine');
  expect(fieldChoices('views')).toBeUndefined();
  expect(defaultOf('views', DEFAULT_SETTINGS)).toBe('10');
  expect(defaultOf('layers', DEFAULT_SETTINGS)).toMatch(/family/);
  expect(defaultOf('precision', DEFAULT_SETTINGS)).toBe('f32');
});

test('the defaults are those of the mode that is chosen, and of its script', () => {
  expect(defaultOf('features', settings({ mode: 'paper' }))).toBe('raw');
  expect(defaultOf('views', settings({ mode: 'authors-script' }))).toBe('5');
  expect(defaultOf('views', settings({ mode: 'authors-script', augment: 'script-units' }))).toBe('10');
  expect(defaultOf('score', settings({ mode: 'authors-script', augment: 'mae' }))).toBe('range');
});
