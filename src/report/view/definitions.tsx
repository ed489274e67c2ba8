import type { Term } from '../glossary.js';

/** What the terms of a section mean, a sentence each. */
export function Definitions({ terms }: { terms: readonly Term[] }) {
  return (
    <ul class="definitions">
      {terms.map(({ term, meaning }) => (
        <li key={term}>
          <dfn>{term}</dfn>: {meaning}
        </li>
      ))}
    </ul>
  );
}
