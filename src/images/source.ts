/** Random access to bytes, as `platform/` supplies it. Nothing is read before it is asked for. */
export interface ByteSource {
  /** For messages: the path, the file's name, or the address. */
  readonly name: string;
  readonly size: number;
  /** Exactly `length` bytes from `offset`. @throws IO where they cannot be had. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close?(): Promise<void>;
}
