/** Of a list in words; what is beyond is counted. */
const MOST = 8;

/** Names of nodes in words, each once over all blocks: 'attn.scores, attn.probs' of every `blocks.N.attn.…`. */
export function foldNodes(nodes: readonly string[]): string {
  const names = [...new Set(nodes.map((node) => node.replace(/^.*?\.\d+\./, '')))];
  const more = names.length - MOST;
  return more > 0 ? `${names.slice(0, MOST).join(', ')} and ${more} more` : names.join(', ');
}
