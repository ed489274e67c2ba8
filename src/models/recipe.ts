/** Parameters that are computed from tensors of the file: folded, joined, interpolated. */
export interface Recipe {
  /** Names of the parameters that it makes, in the order in which `compute` returns them. */
  readonly makes: readonly string[];
  /** The tensors that it reads, by canonical name, with the shapes that they must have. */
  readonly from: readonly { readonly tensor: string; readonly shape: readonly number[] }[];
  /**
   * In float64, rounded once.
   * @param names of the tensors in the file, for messages
   */
  compute(values: readonly Float32Array[], names: readonly string[]): readonly Float32Array[];
  /** Of a batch normalisation: whether the values that it read are those that it starts with. */
  readonly untrained?: (values: readonly Float32Array[]) => boolean;
}
