import { describe, expect, it } from 'vitest';
import { checkAugmentation } from '../../src/images/augmentation.js';
import { blurWeights } from '../../src/images/blur-weights.js';
import { cleanView, drawView } from '../../src/images/draw.js';
import { resolveAugmentation } from '../../src/images/presets.js';

const GEOMETRY = { size: 32, interpolation: 'bilinear' } as const;

describe('a drawn view', () => {
  it('depends on its own address alone', () => {
    const simclr = resolveAugmentation('simclr', 32);
    const picture = { width: 50, height: 40 };
    const draw = (seed: number, image: number, view: number) => drawView(simclr, picture, GEOMETRY, seed, image, view);
    const once = draw(3, 8, 1);
    for (const [seed, image, view] of [
      [4, 8, 1],
      [3, 9, 1],
      [3, 8, 2],
      [3, 8 + 2 ** 32, 1],
    ] as const) {
      expect(draw(seed, image, view)).not.toEqual(once);
    }
    expect(draw(3, 8, 1)).toEqual(once);
  });

  it('keeps its later numbers when an earlier operation draws more or fewer', () => {
    const draw = (scale: [number, number]) =>
      drawView(
        checkAugmentation([{ op: 'random-resized-crop', scale }, ...resolveAugmentation('simclr', 32).slice(1)], 32),
        { width: 90, height: 20 },
        GEOMETRY,
        1,
        2,
        3,
      );
    const rejected = draw([1, 1]);
    const accepted = draw([0.01, 0.02]);
    expect(rejected.box).not.toEqual(accepted.box);
    expect({ ...rejected, box: accepted.box }).toEqual(accepted);
  });

  it('is what it was: three views of seed 0', () => {
    const views = [0, 1, 2].map((view) =>
      drawView(resolveAugmentation('simclr', 64), { width: 96, height: 64 }, { ...GEOMETRY, size: 64 }, 0, 17, view),
    );
    expect(views).toMatchInlineSnapshot(`
      [
        {
          "box": [
            0,
            17,
            54,
            64,
          ],
          "filter": "bilinear",
          "flipHorizontal": false,
          "flipVertical": false,
          "offset": [
            0,
            0,
          ],
          "resized": [
            64,
            64,
          ],
          "steps": [
            {
              "factor": 1.5702911929060843,
              "op": "brightness",
            },
            {
              "factor": 0.4870360758910557,
              "op": "contrast",
            },
            {
              "factor": -0.04174815898434825,
              "op": "hue",
            },
            {
              "factor": 0.769095211670081,
              "op": "saturation",
            },
            {
              "kernel": 7,
              "op": "blur",
              "sigma": 0.15705691443524247,
            },
          ],
        },
        {
          "box": [
            27,
            5,
            29,
            23,
          ],
          "filter": "bilinear",
          "flipHorizontal": false,
          "flipVertical": false,
          "offset": [
            0,
            0,
          ],
          "resized": [
            64,
            64,
          ],
          "steps": [],
        },
        {
          "box": [
            0,
            34,
            48,
            43,
          ],
          "filter": "bilinear",
          "flipHorizontal": true,
          "flipVertical": false,
          "offset": [
            0,
            0,
          ],
          "resized": [
            64,
            64,
          ],
          "steps": [
            {
              "factor": 0.2073821315321051,
              "op": "contrast",
            },
            {
              "factor": 0.02310510343691599,
              "op": "hue",
            },
            {
              "factor": 1.1371369319031301,
              "op": "brightness",
            },
            {
              "factor": 0.6974700234580429,
              "op": "saturation",
            },
            {
              "kernel": 7,
              "op": "blur",
              "sigma": 1.9733546946137455,
            },
          ],
        },
      ]
    `);
  });
});

describe('the clean view', () => {
  it('resizes the shorter side, truncates the longer and cuts out the centre, rounding half to even', () => {
    const view = (width: number, height: number, resize: number) =>
      cleanView({ width, height }, { size: 64, resize, interpolation: 'bicubic' });
    expect(view(227, 150, 72)).toEqual({
      box: [0, 0, 150, 227],
      resized: [72, 108],
      offset: [4, 22],
      filter: 'bicubic',
      flipHorizontal: false,
      flipVertical: false,
      steps: [],
    });
    expect(view(150, 227, 72).resized).toEqual([108, 72]);
    // (65 − 64) / 2 = 0.5 → 0 and (67 − 64) / 2 = 1.5 → 2.
    expect(view(100, 100, 65).offset).toEqual([0, 0]);
    expect(view(100, 100, 67).offset).toEqual([2, 2]);
  });

  it('is the whole picture where that is square', () => {
    const view = cleanView({ width: 32, height: 32 }, GEOMETRY);
    expect([view.box, view.resized, view.offset]).toEqual([
      [0, 0, 32, 32],
      [32, 32],
      [0, 0],
    ]);
    expect(drawView([], { width: 32, height: 32 }, GEOMETRY, 5, 6, 7)).toEqual(view);
  });

  it('of a resized side below the view, or of a line, is refused', () => {
    expect(() => cleanView({ width: 9, height: 9 }, { ...GEOMETRY, resize: 31 })).toThrow(/31 pixels.*32/);
    expect(() => cleanView({ width: 60000, height: 1 }, GEOMETRY)).toThrow(/60000 × 1 pixels is too elongated/);
  });
});

describe('blur weights', () => {
  it('sum to 1 over the kernel and follow the Gaussian', () => {
    for (const [kernel, sigma] of [
      [1, 1],
      [3, 0.1],
      [23, 2],
      [31, 9],
    ] as const) {
      const half = blurWeights(kernel, sigma);
      expect(half).toHaveLength((kernel + 1) / 2);
      expect(half.reduce((sum, w, x) => sum + (x === 0 ? w : 2 * w), 0)).toBeCloseTo(1, 14);
      half.forEach((w, x) => {
        expect(w / half[0]!).toBeCloseTo(Math.exp(-(x * x) / (2 * sigma * sigma)), 14);
      });
    }
  });
});
