import { Codec, type CodecName, type DecodeBytes, type LoadWasm, Undecodable } from './codec.js';
import { type EmscriptenFactory, instantiateEmscripten } from './emscripten-codec.js';
import { applyOrientation } from './exif.js';
import type { Picture } from './image.js';
import { checkJpeg } from './jpeg-checks.js';
import { badImage, MAX_FILE_BYTES, type PictureHeader } from './picture-header.js';
import { checkPng } from './png-checks.js';
import { instantiatePng } from './png-codec.js';
import { checkWebp } from './webp-checks.js';

/**
 * A picture from the bytes of a PNG, JPEG or WebP file. @throws BAD_IMAGE naming the image; what the loader of the
 * codec throws passes through.
 */
export type Decode = (bytes: Uint8Array, name: string) => Promise<Picture>;

const CHECKS: Record<CodecName, (bytes: Uint8Array, name: string) => PictureHeader> = {
  png: checkPng,
  jpeg: checkJpeg,
  webp: checkWebp,
};

const INSTANTIATE: Record<CodecName, (module: WebAssembly.Module) => Promise<DecodeBytes>> = {
  png: instantiatePng,
  async jpeg(module) {
    const factory = (await import('@jsquash/jpeg/codec/dec/mozjpeg_dec.js')).default;
    const applyExifItself = false;
    return instantiateEmscripten(module, factory as unknown as EmscriptenFactory, applyExifItself);
  },
  async webp(module) {
    const factory = (await import('@jsquash/webp/codec/dec/webp_dec.js')).default;
    return instantiateEmscripten(module, factory as unknown as EmscriptenFactory);
  },
};

/**
 * A decoder that gives the same pixels in Node and in browsers. The content decides the format, never the name; a
 * codec is loaded when the first picture of its kind comes. The header is checked before anything is decoded. Gray is
 * replicated, alpha dropped (not blended), 16 bits give their high byte, EXIF orientation is applied; CMYK and
 * animations are refused, and so is anything that the codec has to guess at (truncated or damaged data).
 *
 * @param loadWasm compiles a codec
 */
export function createDecoder(loadWasm: LoadWasm): Decode {
  const codecs = Object.fromEntries(
    (['png', 'jpeg', 'webp'] as const).map((name) => [name, new Codec(() => loadWasm(name), INSTANTIATE[name])]),
  ) as Record<CodecName, Codec>;
  return async (bytes, name) => {
    if (bytes.length > MAX_FILE_BYTES) throw badImage(name, `has ${bytes.length} bytes, too many for one picture`);
    const format = formatOf(bytes, name);
    const header = CHECKS[format](bytes, name);
    const picture = await codecs[format].decode(bytes).catch((error: unknown) => {
      if (!(error instanceof Undecodable)) throw error;
      throw badImage(name, `cannot be decoded as ${format.toUpperCase()}: ${error.message}`, undefined, error);
    });
    const { width, height } = picture;
    if (width !== header.width || height !== header.height || picture.rgba.length !== 4 * width * height) {
      throw badImage(
        name,
        `decodes to ${width} × ${height} pixels where its header says ${header.width} × ${header.height}`,
      );
    }
    return applyOrientation(picture, header.orientation);
  };
}

function formatOf(bytes: Uint8Array, name: string): CodecName {
  if (bytes.length === 0) throw badImage(name, 'is empty');
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (start.startsWith('\xff\xd8')) return 'jpeg';
  if (start.startsWith('RIFF') && start.endsWith('WEBP') && start.length === 12) return 'webp';
  throw badImage(name, 'is no PNG, JPEG or WebP picture (its content decides, not its name)');
}
