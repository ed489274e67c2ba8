import blur from '../../shaders/view-blur.wgsl';
import color from '../../shaders/view-color.wgsl';
import grayMean from '../../shaders/view-gray-mean.wgsl';
import grayRows from '../../shaders/view-gray-rows.wgsl';
import resample from '../../shaders/view-resample.wgsl';
import type { Workgroups } from '../gpu/gpu.js';
import { type SizedKernel, sizedKernel } from './sized-kernel.js';

export interface ViewShape {
  /** Side of a view, in pixels. */
  readonly size: number;
  /** The most views at once. */
  readonly views: number;
}

/** A view is stored as [size, size] (r, g, b, 0) in f32. */
export function viewPixelsBytes({ size, views }: ViewShape): number {
  return views * size * size * 16;
}

/** Bindings: records, source, output. Grid by views. */
export function viewResampleKernel({ size, views }: ViewShape, sourceWords: number): SizedKernel {
  return sizedKernel(
    `view-resample ${size}`,
    resample,
    { SIZE: size, VIEWS: views, SOURCE_WORDS: sourceWords },
    ['read', 'read', 'write'],
    perPixel(size),
  );
}

/** Bindings: steps, means, normalisation, pixels (in place). Grid by views. */
export function viewColorKernel({ size, views }: ViewShape, steps: number): SizedKernel {
  return sizedKernel(
    `view-color ${size}`,
    color,
    { SIZE: size, VIEWS: views, STEPS: steps },
    ['read', 'read', 'uniform', 'write'],
    perPixel(size),
  );
}

/** Bindings: pixels, rows. Grid by views. */
export function viewGrayRowsKernel({ size, views }: ViewShape): SizedKernel {
  return sizedKernel(`view-gray-rows ${size}`, grayRows, { SIZE: size, VIEWS: views }, ['read', 'write'], (count) => [
    Math.ceil(size / 64),
    count,
    1,
  ]);
}

/** Bindings: rows, means. Grid by views. */
export function viewGrayMeanKernel({ size, views }: ViewShape): SizedKernel {
  return sizedKernel(`view-gray-mean ${size}`, grayMean, { SIZE: size, VIEWS: views }, ['read', 'write'], (count) => [
    Math.ceil(count / 16),
    1,
    1,
  ]);
}

/** Bindings: weights, input, output. Grid by views. */
export function viewBlurKernel({ size, views }: ViewShape, radius: number, vertical: boolean): SizedKernel {
  return sizedKernel(
    `view-blur ${vertical ? 'vertical' : 'horizontal'} ${2 * radius + 1} ${size}`,
    blur,
    { SIZE: size, VIEWS: views, RADIUS: radius, VERTICAL: vertical },
    ['read', 'read', 'write'],
    perPixel(size),
  );
}

function perPixel(size: number): (views: number) => Workgroups {
  return (views) => [Math.ceil((size * size) / 64), views, 1];
}
