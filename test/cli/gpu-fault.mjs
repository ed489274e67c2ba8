// Preloaded into the command by a test: makes the device fail at the submit that FAULT_AT counts to, or take no batch beyond
// FAULT_BYTES.
import { globals } from 'webgpu';

const kind = process.env.FAULT;
const at = Number(process.env.FAULT_AT);
const most = Number(process.env.FAULT_BYTES ?? 0);
const { requestDevice } = globals.GPUAdapter.prototype;
globals.GPUAdapter.prototype.requestDevice = async function (descriptor) {
  const { maxBufferSize } = this.limits;
  const limits =
    kind === 'memory for batches' ? { ...descriptor.requiredLimits, maxBufferSize } : descriptor.requiredLimits;
  const device = await requestDevice.call(this, { ...descriptor, requiredLimits: limits });
  const { submit } = globals.GPUQueue.prototype;
  let submits = 0;
  globals.GPUQueue.prototype.submit = function (...buffers) {
    submits += 1;
    const result = submit.apply(this, buffers);
    if (submits === at && kind === 'loss') device.destroy();
    // Two usages that exclude each other: an uncaptured validation error.
    if (submits === at && kind === 'validation') device.createBuffer({ size: 16, usage: 0x0003 });
    // 2 GiB, more than any allocation may have.
    if (submits === at && kind === 'memory')
      device.createTexture({ size: [8192, 8192, 2], format: 'rgba32float', usage: 4 });
    return result;
  };
  if (kind === 'memory for batches') {
    const { createBuffer } = globals.GPUDevice.prototype;
    globals.GPUDevice.prototype.createBuffer = function (descriptor) {
      // As large as the adapter says, which is more than it has: fails as memory does.
      const fails = descriptor.label?.includes('activations') && descriptor.size > most;
      const size = fails ? maxBufferSize : descriptor.size;
      return createBuffer.call(this, { ...descriptor, size });
    };
  }
  return device;
};
