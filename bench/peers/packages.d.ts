/** Peers are installed by the benchmark and are no dependencies: their types are not known here. */
declare module '@jax-js/jax';
declare module '@tensorflow/tfjs-core';
declare module '@tensorflow/tfjs-backend-webgpu';
