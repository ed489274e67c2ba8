/**
 * Compiles kernels. Layouts are explicit: with `layout: 'auto'` a driver compiles equal code again for each pipeline,
 * and bind groups fit one pipeline only.
 */
import { MemgpuError } from '../errors.js';
import type { Failures } from './failures.js';
import { COMPUTE_STAGE } from './flags.js';
import type { BindingKind, Kernel, Pipeline } from './gpu.js';

export interface Compiled {
  readonly gpu: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

export class DevicePipeline implements Pipeline {
  readonly kernel: Kernel;
  readonly compiled: Compiled;
  readonly owner: Pipelines;

  constructor(kernel: Kernel, compiled: Compiled, owner: Pipelines) {
    this.kernel = kernel;
    this.compiled = compiled;
    this.owner = owner;
  }
}

interface Layouts {
  readonly group: GPUBindGroupLayout;
  readonly pipeline: GPUPipelineLayout;
}

const LAYOUT_TYPE: Record<BindingKind, GPUBufferBindingType> = {
  read: 'read-only-storage',
  write: 'storage',
  uniform: 'uniform',
};

export class Pipelines {
  readonly #device: GPUDevice;
  readonly #failures: Failures;
  readonly #compiled = new Map<string, Promise<Compiled>>();
  readonly #layouts = new Map<string, Layouts>();

  constructor(device: GPUDevice, failures: Failures) {
    this.#device = device;
    this.#failures = failures;
  }

  compile(kernels: readonly Kernel[]): Promise<DevicePipeline[]> {
    return Promise.all(
      kernels.map(async (kernel) => new DevicePipeline(kernel, await this.#compiledOnce(kernel), this)),
    );
  }

  #compiledOnce(kernel: Kernel): Promise<Compiled> {
    const key = `${kernel.bindings.join()}\n${kernel.code}`;
    let compiled = this.#compiled.get(key);
    if (compiled === undefined) {
      compiled = this.#compile(kernel);
      this.#compiled.set(key, compiled);
      compiled.catch(() => this.#compiled.delete(key));
    }
    return compiled;
  }

  async #compile(kernel: Kernel): Promise<Compiled> {
    const device = this.#device;
    const { label } = kernel;
    device.pushErrorScope('validation');
    const layouts = this.#layoutsOf(kernel.bindings);
    const module = device.createShaderModule({ label, code: kernel.code });
    const pipeline = device.createComputePipelineAsync({
      label,
      layout: layouts.pipeline,
      compute: { module, entryPoint: 'main' },
    });
    const invalid = device.popErrorScope();
    pipeline.catch(() => {});
    const error = await this.#failures.guard(invalid, `Compiling '${label}'`);
    try {
      const gpu = await pipeline;
      if (error === null) return { gpu, layout: layouts.group };
    } catch (cause) {
      this.#failures.check();
      throw await compileError(kernel, module, (cause as Error).message);
    }
    throw await compileError(kernel, module, error.message);
  }

  #layoutsOf(bindings: readonly BindingKind[]): Layouts {
    const label = bindings.join();
    let layouts = this.#layouts.get(label);
    if (layouts === undefined) {
      const group = this.#device.createBindGroupLayout({
        label,
        entries: bindings.map((kind, binding) => ({
          binding,
          visibility: COMPUTE_STAGE,
          buffer: { type: LAYOUT_TYPE[kind] },
        })),
      });
      layouts = { group, pipeline: this.#device.createPipelineLayout({ label, bindGroupLayouts: [group] }) };
      this.#layouts.set(label, layouts);
    }
    return layouts;
  }
}

async function compileError(kernel: Kernel, module: GPUShaderModule, fallback: string): Promise<MemgpuError> {
  const { messages } = await module.getCompilationInfo();
  const errors = messages.filter((message) => message.type === 'error');
  const text = errors.map((e) => `${e.lineNum}:${e.linePos} ${e.message}\n${excerpt(kernel.code, e.lineNum)}`);
  return new MemgpuError('SHADER_COMPILE', `Kernel '${kernel.label}': ${text.join('\n') || fallback}`, {
    hint: 'The shader does not compile on this adapter; please report it with the output of `memgpu doctor`.',
  });
}

/** The line (counted from 1) with three lines on each side, numbered, the line itself marked by '>'. */
function excerpt(code: string, line: number): string {
  const lines = code.split('\n');
  const first = Math.max(1, line - 3);
  const last = Math.min(lines.length, line + 3);
  const width = String(last).length;
  const shown: string[] = [];
  for (let n = first; n <= last; n++) {
    shown.push(`${n === line ? '>' : ' '} ${String(n).padStart(width)} | ${lines[n - 1]}`);
  }
  return shown.join('\n');
}
