/**
 * A file's tensors that are no part of the encoder, in groups: `12 of decoder_blocks.*` where a module is left out whole,
 * `53 of *.num_batches_tracked` where something of every module is, else the name.
 *
 * @param all names of the file, of which `ignored` are some
 */
export function groupIgnored(ignored: readonly string[], all: Iterable<string>): string[] {
  const left = new Set(ignored);
  const used = new Set([...all].filter((name) => !left.has(name)).flatMap(modulesOf));
  const groups = new Map<string, string[]>();
  for (const name of ignored) {
    const module = modulesOf(name).find((prefix) => !used.has(prefix));
    const group = module === undefined ? `*.${name.slice(name.lastIndexOf('.') + 1)}` : `${module}.*`;
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  return [...groups].map(([group, names]) => (names.length === 1 ? names[0]! : `${names.length} of ${group}`));
}

/** The modules that a tensor is in, the outermost first. */
function modulesOf(name: string): string[] {
  const segments = name.split('.');
  return segments.slice(1).map((_, i) => segments.slice(0, i + 1).join('.'));
}
