import type { GivenViews } from '../analysis/given-views.js';
import { isSafetensors } from '../checkpoints/is-safetensors.js';
import { quote } from '../checkpoints/quote.js';
import { openSafetensors } from '../checkpoints/safetensors.js';
import { MemgpuError } from '../errors.js';
import { crc32 } from '../images/crc32.js';
import { openPath } from '../platform/path-source.js';
import { sha256OfSource } from '../sha256.js';

/**
 * A file of views that are ready to be fed: safetensors with `views` [n, V, 3, H, W] F32, H = W. Read image by image.
 * @throws IO, on reading too for an image whose views have changed; BAD_SAFETENSORS; BAD_DATASET where the tensor is missing
 *   or has another type or shape
 */
export async function openViewsFile(path: string): Promise<GivenViews & AsyncDisposable> {
  const source = await openPath(path);
  const file = await openSafetensors(source);
  try {
    const tensor = file.tensors.get('views');
    if (!tensor)
      throw bad(
        path,
        `has no tensor "views"; it has ${[...file.tensors.keys()].slice(0, 8).map(quote).join(', ') || 'none'}`,
      );
    const { dtype, shape } = tensor;
    const [images = 0, views = 0, channels, height = 0, width] = shape;
    const fits = shape.length === 5 && channels === 3 && height === width && images * views * height > 0;
    if (!fits) throw bad(path, `"views" has the shape [${shape.join(', ')}], not [n, V, 3, H, H]`);
    if (dtype !== 'F32') throw bad(path, `"views" holds ${dtype}, not F32`);
    const sums = new Uint32Array(images);
    for (let image = 0; image < images; image++) sums[image] = sumOf(await file.readRows('views', image, 1));
    return {
      name: path,
      images,
      views,
      size: height,
      sha256: await sha256OfSource(source),
      async read(image) {
        const rows = await file.readRows('views', image, 1);
        if (sumOf(rows) === sums[image]) return rows;
        throw new MemgpuError('IO', `${path}: the views of image ${image} have changed since they were first read`, {
          hint: 'Leave the file alone while it is measured. Put it back and go on with what is finished, or start again.',
        });
      },
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Whether a path is a file of views rather than a dataset. What cannot be opened is no such file. */
export async function holdsViews(path: string): Promise<boolean> {
  try {
    const source = await openPath(path);
    if (!(await isSafetensors(source))) {
      await source.close?.();
      return false;
    }
    const file = await openSafetensors(source);
    await file.close();
    return file.tensors.has('views') && !file.tensors.has('images');
  } catch {
    return false;
  }
}

function sumOf({ buffer, byteOffset, byteLength }: Float32Array): number {
  return crc32(new Uint8Array(buffer, byteOffset, byteLength));
}

function bad(path: string, what: string): MemgpuError {
  return new MemgpuError('BAD_DATASET', `${path}: ${what}`, {
    hint: 'A file of views holds "views" [n, V, 3, H, H], F32, normalised as the encoder takes them.',
  });
}
