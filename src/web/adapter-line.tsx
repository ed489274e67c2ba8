import { ErrorNotice } from './error-notice.js';
import type { PageState } from './state.js';

/** What everything is computed on, and what to do where that is slow or missing. */
export function AdapterLine({ adapter }: Pick<PageState, 'adapter'>) {
  if (adapter.is === 'asking') return <p class="adapter">Looking for a GPU</p>;
  if (adapter.is === 'none') {
    return (
      <ErrorNotice error={adapter.error}>
        Without one nothing can be measured in this browser. On this machine's command line{' '}
        <code>npx memgpu analyze</code> works without a GPU too. Reports can be opened here all the same.
      </ErrorNotice>
    );
  }
  const { name, kind } = adapter.facts;
  return (
    <p class="adapter">
      Computes on <strong>{name}</strong>
      {kind === 'software' &&
        ', on the processor: right, but slow. A GPU is often a hundred times as fast: turn on graphics acceleration in the browser’s settings, or use a machine that has a GPU.'}
    </p>
  );
}
