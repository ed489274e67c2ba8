/** Dispatches on this device's buffers, and how they become commands. */
import type { DeviceBuffer } from './buffers.js';
import type { Range } from './checks.js';
import type { Bindings } from './gpu.js';
import type { DevicePipeline } from './pipelines.js';
import type { Dispatch } from './recording.js';
import type { TimedSubmit } from './timing.js';

export type DeviceRange = Range & { readonly buffer: DeviceBuffer };

export class DeviceBindings implements Bindings {
  readonly pipeline: DevicePipeline;
  readonly ranges: readonly DeviceRange[];
  readonly group: GPUBindGroup;

  constructor(pipeline: DevicePipeline, ranges: readonly DeviceRange[], group: GPUBindGroup) {
    this.pipeline = pipeline;
    this.ranges = ranges;
    this.group = group;
  }
}

/** All dispatches in one pass; those of one pipeline in a row set it once. */
export function encodeTogether(encoder: GPUCommandEncoder, dispatches: readonly Dispatch<DeviceBindings>[]): void {
  const pass = encoder.beginComputePass({ label: 'run' });
  let current: GPUComputePipeline | undefined;
  for (const { bindings, workgroups } of dispatches) {
    const { gpu } = bindings.pipeline.compiled;
    if (gpu !== current) pass.setPipeline(gpu);
    current = gpu;
    pass.setBindGroup(0, bindings.group);
    pass.dispatchWorkgroups(...workgroups);
  }
  pass.end();
}

/** A pass for each dispatch, with a timestamp at both of its ends. */
export function encodeTimed(
  encoder: GPUCommandEncoder,
  dispatches: readonly Dispatch<DeviceBindings>[],
  timed: TimedSubmit,
): void {
  for (const [i, { bindings, workgroups }] of dispatches.entries()) {
    const pass = encoder.beginComputePass({ label: bindings.pipeline.kernel.label, timestampWrites: timed.writes(i) });
    pass.setPipeline(bindings.pipeline.compiled.gpu);
    pass.setBindGroup(0, bindings.group);
    pass.dispatchWorkgroups(...workgroups);
    pass.end();
  }
}
