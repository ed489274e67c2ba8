import { MemgpuError } from '../errors.js';
import type { Dataset } from './image.js';
import { quoted } from './names.js';
import { philox4x32 } from './philox.js';

/** Shares of the protocol's sets; what they leave over stays out. */
export interface ProtocolShares {
  readonly shared: number;
  readonly candidates: number;
  readonly independent: number;
  readonly external: number;
}

/** 40,000 + 5,000 + 5,000 of CIFAR-10's 50,000; the external images come from its test file. */
export const PROTOCOL_SHARES: ProtocolShares = { shared: 0.8, candidates: 0.1, independent: 0.1, external: 0 };

/** Sorted record numbers of each set; no record is in two. */
export interface ProtocolSplit {
  readonly shared: number[];
  readonly candidates: number[];
  readonly independent: number[];
  readonly external: number[];
}

/** Second word of the key: keeps these numbers apart from the views' ('splt' in ASCII). */
const SPLIT_STREAM = 0x73706c74;

/**
 * The sets of the paper's protocol (Wang et al., NeurIPS 2024; shares of SSLMem, ICLR 2024): f is trained on shared and
 * candidates, its reference g on shared and independent, both on equally many. The records are put in the order of
 * 53-bit numbers, Philox4x32-10 of counter (record, 0, 0, 0) and key (seed, 'splt'), and dealt out: candidates,
 * independent, external, shared. Sizes are rounded down, and where the shares make up everything, the rest is shared.
 *
 * @param n records in the source
 * @param seed u32
 * @throws BAD_OPTION for a seed or shares out of range; BAD_DATASET where a set would be empty
 */
export function splitByProtocol(n: number, seed: number, shares: ProtocolShares = PROTOCOL_SHARES): ProtocolSplit {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw new MemgpuError('BAD_OPTION', `seed is ${seed}; it is a whole number from 0 to 4294967295`);
  }
  const total = checkedTotal(shares);
  const size = (share: number) => Math.floor(n * share + 1e-9);
  const sizes = {
    candidates: size(shares.candidates),
    independent: size(shares.independent),
    external: size(shares.external),
    shared: size(shares.shared),
  };
  if (total > 1 - 1e-9) sizes.shared = n - sizes.candidates - sizes.independent - sizes.external;
  const order = shuffled(n, seed);
  let dealt = 0;
  const deal = (set: keyof ProtocolShares) => {
    if (shares[set] > 0 && sizes[set] === 0) {
      throw new MemgpuError('BAD_DATASET', `${n} images are too few to split: none would be ${set}`);
    }
    const records = order.slice(dealt, dealt + sizes[set]);
    dealt += sizes[set];
    return records.sort((a, b) => a - b);
  };
  const candidates = deal('candidates');
  const independent = deal('independent');
  const external = deal('external');
  return { shared: deal('shared'), candidates, independent, external };
}

/** The index file of a split: what `SOURCE@FILE.json:KEY` reads. */
export interface SplitFile extends Partial<ProtocolSplit> {
  readonly dataset: string;
  readonly seed: number;
  readonly shares: ProtocolShares;
  /** Where the records of `external` lie, when that is another source. */
  readonly externalDataset?: string;
}

/**
 * Splits a dataset by the protocol. The lists hold image indices (record numbers in the source).
 *
 * @param options.external another dataset (the test images), all of whose images become `external`
 * @throws as `splitByProtocol`; BAD_OPTION where external images come from another dataset and from a share
 */
export function splitDataset(
  dataset: Dataset,
  seed: number,
  options: { readonly shares?: ProtocolShares; readonly external?: Dataset } = {},
): SplitFile {
  const { shares = PROTOCOL_SHARES, external } = options;
  if (external && shares.external > 0) {
    throw new MemgpuError(
      'BAD_OPTION',
      `external images come from ${quoted(external.name)} or from a share, not from both`,
    );
  }
  const split = splitByProtocol(dataset.length, seed, shares);
  const indices = (positions: number[]) => positions.map(dataset.indexOf);
  const file = {
    dataset: dataset.name,
    seed,
    shares,
    shared: indices(split.shared),
    candidates: indices(split.candidates),
    independent: indices(split.independent),
  };
  if (external) {
    const all = Array.from({ length: external.length }, (_, position) => external.indexOf(position));
    return { ...file, externalDataset: external.name, external: all };
  }
  return split.external.length > 0 ? { ...file, external: indices(split.external) } : file;
}

function checkedTotal(shares: ProtocolShares): number {
  let total = 0;
  for (const [set, share] of Object.entries(shares)) {
    if (!(share >= 0 && share <= 1))
      throw new MemgpuError('BAD_OPTION', `the share of ${set} is ${share}; shares are from 0 to 1`);
    total += share;
  }
  if (total > 1 + 1e-9) throw new MemgpuError('BAD_OPTION', `the shares add up to ${total}, more than 1`);
  return total;
}

function shuffled(n: number, seed: number): number[] {
  const keys = new Float64Array(n);
  for (let record = 0; record < n; record++) {
    const [a, b] = philox4x32([record, 0, 0, 0], [seed, SPLIT_STREAM]);
    keys[record] = (a >>> 5) * 2 ** 26 + (b >>> 6);
  }
  return Array.from(keys, (_, record) => record).sort((a, b) => keys[a]! - keys[b]! || a - b);
}
