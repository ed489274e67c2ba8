import { MemgpuError } from '../errors.js';

/**
 * The bytes of a response, taken as they come, so that a false Content-Length allocates nothing.
 *
 * @param name of the source, for messages
 * @throws IO where the connection ends early or the body is longer than `most` bytes; ABORTED where `signal` ended it.
 */
export async function readBody(
  response: Response,
  name: string,
  most: number,
  { hint, signal }: { hint?: string; signal?: AbortSignal | undefined } = {},
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  while (reader !== undefined) {
    let piece: ReadableStreamReadResult<Uint8Array>;
    try {
      piece = await reader.read();
    } catch (cause) {
      if (signal?.aborted) throw new MemgpuError('ABORTED', `${name}: reading was aborted`, { cause });
      throw new MemgpuError('IO', `${name}: the connection ended after ${length} bytes`, { hint: 'Try again.', cause });
    }
    if (piece.done) break;
    length += piece.value.byteLength;
    if (length > most) {
      await reader.cancel().catch(() => {});
      throw new MemgpuError(
        'IO',
        `${name}: the server sent more than ${most} bytes`,
        hint === undefined ? {} : { hint },
      );
    }
    pieces.push(piece.value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}
