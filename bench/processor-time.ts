/**
 * Processor time that this process has used, in ms per core: what a software adapter would have taken if it had the
 * machine to itself. Null in a page, which cannot know it.
 */
export function processorTime(): number | null {
  const { process } = globalThis as { readonly process?: NodeJS.Process };
  if (!process?.getBuiltinModule) return null;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 / process.getBuiltinModule('node:os').availableParallelism();
}
