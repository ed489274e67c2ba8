/** A shader's text, inlined by the build. */
declare module '*.wgsl' {
  const source: string;
  export default source;
}
