import type { Kernel } from '../../src/gpu/gpu.js';

/** y = factor * x for the first n.x elements, modulo 2^32. */
export function scaleBy(factor: number, label = `scale by ${factor}`): Kernel {
  return {
    label,
    bindings: ['read', 'write', 'uniform'],
    code: `
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> n: vec4u;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < n.x) { y[id.x] = ${factor}u * x[id.x]; }
}`,
  };
}

/** y = y * 3 + 1 in place, modulo 2^32: the number and the order of runs show in the value. */
export const step: Kernel = {
  label: 'step',
  bindings: ['write'],
  code: `
@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&y)) { y[id.x] = y[id.x] * 3u + 1u; }
}`,
};

/** Keeps one invocation of each workgroup busy for `rounds` dependent operations. */
export function spin(rounds: number): Kernel {
  return {
    label: `spin ${rounds}`,
    bindings: ['write'],
    code: `
@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) {
  var v = y[id.x] + 1u;
  for (var i = 0u; i < ${rounds}u; i++) { v = v * 1664525u + 1013904223u; }
  y[id.x] = v;
}`,
  };
}
