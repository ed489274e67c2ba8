// Preloaded into the command by a test: makes the device fail at the submit that FAULT_AT counts to.
import { globals } from 'webgpu';

const kind = process.env.FAULT;
const at = Number(process.env.FAULT_AT);
const { requestDevice } = globals.GPUAdapter.prototype;
globals.GPUAdapter.prototype.requestDevice = async function (descriptor) {
  const { maxBufferSize } = this.limits;
  const limits = kind === 'memory' ? { ...descriptor.requiredLimits, maxBufferSize } : descriptor.requiredLimits;
  const device = await requestDevice.call(this, { ...descriptor, requiredLimits: limits });
  const { submit } = globals.GPUQueue.prototype;
  let submits = 0;
  globals.GPUQueue.prototype.submit = function (...buffers) {
    submits += 1;
    const result = submit.apply(this, buffers);
    if (submits === at && kind === 'loss') device.destroy();
    // Two usages that exclude each other: an uncaptured validation error.
    if (submits === at && kind === 'validation') device.createBuffer({ size: 16, usage: 0x0003 });
    return result;
  };
  if (kind === 'memory') {
    const { createBuffer } = globals.GPUDevice.prototype;
    globals.GPUDevice.prototype.createBuffer = function (descriptor) {
      // As large as the adapter says, which is more than it has: fails as memory does, whatever the batch.
      const size = descriptor.label?.includes('activations') ? maxBufferSize : descriptor.size;
      return createBuffer.call(this, { ...descriptor, size });
    };
  }
  return device;
};
