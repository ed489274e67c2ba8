import { expect, test } from 'vitest';
import { type AdapterTraits, describeAdapter } from '../../src/gpu/facts.js';
import { nullGpu } from '../../src/gpu/null.js';

const { limits } = nullGpu().facts;
const traits = (info: Partial<AdapterTraits['info']>, ...features: string[]): AdapterTraits => ({
  info: { vendor: '', architecture: '', device: '', description: '', ...info },
  features: new Set(features),
  limits,
});

test.each([
  [{ architecture: 'swiftshader', description: 'SwiftShader driver 5.0.0' }],
  [{ vendor: 'mesa', description: 'llvmpipe (LLVM 15.0.6, 256 bits)' }],
  [{ device: 'Lavapipe' }],
  [{ vendor: 'unknown', isFallbackAdapter: true }],
])('%o is a software adapter', (info) => {
  expect(describeAdapter(traits(info), 'system').kind).toBe('software');
});

test('others are hardware, named by what they tell', () => {
  const info = { vendor: 'nvidia', architecture: 'ampere', device: '', description: '' };
  expect(describeAdapter(traits(info), 'browser')).toMatchObject({ kind: 'hardware', name: 'nvidia ampere' });
  expect(describeAdapter(traits({ ...info, device: 'NVIDIA A100' }), 'system').name).toBe('NVIDIA A100');
  expect(describeAdapter(traits({}), 'browser').name).toBe('GPU');
});

test('the embedded adapter says that it is one', () => {
  const { name } = describeAdapter(traits({ architecture: 'swiftshader' }), 'embedded');
  expect(name).toBe('SwiftShader (embedded software adapter)');
});

test('subgroup sizes are told where the device has the feature', () => {
  const info = { subgroupMinSize: 8, subgroupMaxSize: 32 };
  expect(describeAdapter(traits(info, 'subgroups'), 'system').subgroups).toEqual({ min: 8, max: 32 });
  expect(describeAdapter(traits(info), 'system').subgroups).toBeNull();
});
