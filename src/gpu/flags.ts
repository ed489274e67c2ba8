/**
 * The WebGPU flag values that this room uses (WebGPU specification, GPUBufferUsage and GPUMapMode). Spelled out
 * because Node has no such globals.
 */
export const BufferUsage = {
  MAP_READ: 0x0001,
  COPY_SRC: 0x0004,
  COPY_DST: 0x0008,
  UNIFORM: 0x0040,
  STORAGE: 0x0080,
  QUERY_RESOLVE: 0x0200,
} as const;

export const MAP_READ = 0x0001;
export const COMPUTE_STAGE = 0x4;
