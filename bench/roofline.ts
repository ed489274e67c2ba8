/** What a piece of work must do at least. */
export interface Work {
  /** Multiplications and additions of the formula, products with padding included; a function of it (exp, erf) counts as one. */
  readonly flops: number;
  /** Inputs, weights and outputs as they are stored, each once. */
  readonly bytes: number;
}

/** The most that an adapter does, measured. */
export interface Roofs {
  /** GFLOP/s in registers. */
  readonly arithmetic: number;
  /** GB/s, read and written, of a copy by a kernel. */
  readonly memory: number;
}

export interface Attained {
  readonly gflops: number;
  readonly gbs: number;
  /** Which roof is reached first. */
  readonly roof: 'arithmetic' | 'memory';
  /** The least time that the roof allows, as a share of the time taken. */
  readonly ofRoof: number;
}

/**
 * The roofline (Williams, Waterman & Patterson 2009): work takes at least the longer of flops / arithmetic and
 * bytes / memory.
 * @param ms what it took
 */
export function attained({ flops, bytes }: Work, ms: number, { arithmetic, memory }: Roofs): Attained {
  const [gflops, gbs] = [flops / ms / 1e6, bytes / ms / 1e6];
  const [ofArithmetic, ofMemory] = [gflops / arithmetic, gbs / memory];
  return {
    gflops,
    gbs,
    roof: ofArithmetic >= ofMemory ? 'arithmetic' : 'memory',
    ofRoof: Math.max(ofArithmetic, ofMemory),
  };
}
