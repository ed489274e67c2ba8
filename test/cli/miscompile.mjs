// Preloaded into the command by a test: a driver that compiles the kernels whose label begins with WRONG_KERNEL to others.
import { globals } from 'webgpu';

const { WRONG_KERNEL: kernel, WRONG_FROM: from, WRONG_TO: to } = process.env;
const { createShaderModule } = globals.GPUDevice.prototype;
globals.GPUDevice.prototype.createShaderModule = function (descriptor) {
  const wrong = descriptor.label.startsWith(kernel);
  return createShaderModule.call(
    this,
    wrong ? { ...descriptor, code: descriptor.code.replaceAll(from, to) } : descriptor,
  );
};
