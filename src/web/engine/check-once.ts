import type { Encoder } from '../../encoder/encoder.js';
import { useOf, variantOf } from '../../self-check/use.js';
import { VERSION } from '../../version.js';

/** Where it is kept which self-checks were passed. */
export interface PassedChecks {
  has(check: string): Promise<boolean>;
  keep(check: string): Promise<void>;
}

/**
 * Checks the kernels that a run with this encoder has, unless they were right on this adapter before. What that takes is
 * fetched only then.
 * @param compared views of an image that are compared with each other
 * @param begin is called before a check
 * @throws GPU_ERROR naming the kernel that computes wrong values: then nothing may be measured
 */
export async function checkOnce(
  { gpu, graph, design }: Encoder,
  compared: number,
  passed: PassedChecks,
  begin: () => void,
): Promise<void> {
  const use = useOf({ graph, design }, compared);
  const { name, driver, vendor, architecture, device } = gpu.facts;
  const check = JSON.stringify([VERSION, name, driver, vendor, architecture, device, variantOf(use)]);
  if (await passed.has(check)) return;
  begin();
  const { selfCheck } = await import('../../self-check/self-check.js');
  await selfCheck(gpu, use);
  await passed.keep(check);
}
