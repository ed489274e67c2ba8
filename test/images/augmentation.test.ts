import { describe, expect, it } from 'vitest';
import { MemgpuError } from '../../src/errors.js';
import { checkAugmentation } from '../../src/images/augmentation.js';
import { PRESET_NAMES, resolveAugmentation } from '../../src/images/presets.js';

function refusal(run: () => unknown): { code: string; message: string; hint: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof MemgpuError) return { code: error.code, message: error.message, hint: error.hint ?? '' };
    throw error;
  }
  throw new Error('nothing was refused');
}

const op = (name: string, keys: object = {}) => [{ op: name, ...keys }];

describe('a list of operations', () => {
  it('takes torchvision defaults for what it leaves out', () => {
    expect(checkAugmentation([{ op: 'random-resized-crop' }, { op: 'color-jitter', hue: 0.1, p: 1 }], 32)).toEqual([
      { op: 'random-resized-crop', scale: [0.08, 1], ratio: [3 / 4, 4 / 3], interpolation: 'bilinear' },
      { op: 'color-jitter', brightness: 0, contrast: 0, saturation: 0, hue: 0.1, p: 1 },
    ]);
  });

  it.each<[string, unknown, RegExp, RegExp]>([
    ['no list', 7, /must be a list/, /horizontal-flip/],
    ['null', null, /must be a list/, /preset/],
    ['an entry that is no object', [3], /augment\[0\] has no "op"/, /gaussian-blur/],
    ['an unknown operation', op('gausian-blur'), /augment\[0\]: unknown operation "gausian-blur"/, /"gaussian-blur"/],
    ['an inherited name', op('constructor'), /unknown operation "constructor"/, /^Operations: random-resized-crop/],
    ['an unknown key', op('grayscale', { p: 1, q: 2 }), /augment\[0\] \(grayscale\)\.q: unknown key/, /"p"/],
    ['a missing probability', op('grayscale'), /\(grayscale\)\.p/, /Keys of grayscale: op, p/],
    ['a probability above 1', op('invert', { p: 1.5 }), /\(invert\)\.p: .*1/, /op, p/],
    ['a probability that is no number', op('invert', { p: '1' }), /\(invert\)\.p/, /op, p/],
    ['NaN', op('invert', { p: Number.NaN }), /\(invert\)\.p/, /op, p/],
    ['an even blur', op('gaussian-blur', { kernel: 4, sigma: [1, 2], p: 1 }), /\.kernel: must be odd/, /sigma/],
    ['a wide blur', op('gaussian-blur', { kernel: 33, sigma: [1, 2], p: 1 }), /\.kernel/, /sigma/],
    ['a blur of no width', op('gaussian-blur', { kernel: 3, sigma: [0, 2], p: 1 }), /\.sigma\.0/, /sigma/],
    ['a reversed range', op('gaussian-blur', { kernel: 3, sigma: [2, 1], p: 1 }), /\.sigma: .*not be above/, /sigma/],
    ['a hue beyond half a turn', op('color-jitter', { hue: 0.6, p: 1 }), /\.hue/, /hue/],
    ['an infinite factor', op('color-jitter', { contrast: Number.POSITIVE_INFINITY, p: 1 }), /\.contrast/, /contrast/],
    ['a crop above the picture', op('random-resized-crop', { scale: [0.5, 2] }), /\.scale\.1/, /scale/],
    ['an unknown filter', op('random-resized-crop', { interpolation: 'lanczos' }), /\.interpolation/, /interpolation/],
    ['a late crop', [{ op: 'invert', p: 1 }, { op: 'random-resized-crop' }], /augment\[1\].*first/, /front/],
    ['normalising twice', [...op('normalize'), ...op('normalize')], /augment\[1\]: normalize stands twice/, /Leave/],
    ['a chance of normalising', op('normalize', { p: 1 }), /\(normalize\)\.p: unknown key/, /op/],
    ['too many operations', Array(33).fill({ op: 'invert', p: 1 }), /33 operations/, /32/],
  ])('with %s is BAD_OPTION that says where and what to do', (_, value, message, hint) => {
    const refused = refusal(() => checkAugmentation(value, 32));
    expect(refused.code).toBe('BAD_OPTION');
    expect(refused.message).toMatch(message);
    expect(refused.hint).toMatch(hint);
  });

  it('with a blur that reflects beyond the view is refused, up to that it is not', () => {
    const blur = (kernel: number) => op('gaussian-blur', { kernel, sigma: [1, 2], p: 1 });
    expect(checkAugmentation(blur(9), 5)).toHaveLength(1);
    expect(refusal(() => checkAugmentation(blur(11), 5)).message).toMatch(/11 is too wide for views of 5 × 5/);
  });
});

describe('presets', () => {
  it('are those of the design, with the two sets of the published scripts', () => {
    expect(PRESET_NAMES).toEqual([
      ...['simclr', 'normal', 'weak', 'strong', 'independent'],
      ...['script-scores', 'script-units', 'dino-global', 'mae', 'none'],
    ]);
    expect(resolveAugmentation('none', 32)).toEqual([]);
  });

  it('pass their own schema as JSON', () => {
    for (const name of PRESET_NAMES)
      for (const size of [32, 64, 224, 518]) {
        const preset = resolveAugmentation(name, size);
        expect(resolveAugmentation(JSON.parse(JSON.stringify(preset)), size)).toEqual(preset);
      }
  });

  it('simclr blurs from 64 pixels on, with an odd kernel of about a tenth', () => {
    const kernel = (size: number) => {
      const blur = resolveAugmentation('simclr', size).find((operation) => operation.op === 'gaussian-blur');
      return blur?.op === 'gaussian-blur' ? blur.kernel : null;
    };
    expect([32, 63, 64, 96, 224, 518].map(kernel)).toEqual([null, null, 7, 9, 23, 31]);
  });

  it('are refused for a long value that would steer a terminal, with a start of it that cannot', () => {
    const interpolation = `bicubic\u001b[2J\u202e${'x'.repeat(4096)}`;
    const { message } = refusal(() => resolveAugmentation([{ op: 'random-resized-crop', interpolation }], 32));
    expect(message).toContain('bicubic\\u{1b}[2J\\u{202e}xxx');
    expect(message).toMatch(/^[^\p{Cc}\p{Cf}]{1,400}$/u);
  });

  it('with an unknown name are refused, naming the nearest', () => {
    const refused = refusal(() => resolveAugmentation('simcrl', 32));
    expect([refused.code, refused.hint]).toEqual(['BAD_OPTION', expect.stringContaining('"simclr"')]);
    expect(refusal(() => resolveAugmentation('toString', 32)).code).toBe('BAD_OPTION');
  });
});
