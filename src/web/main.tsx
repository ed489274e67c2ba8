/** Entry of the page. */
import { wrap } from 'comlink';
import { render } from 'preact';
import type { Engine } from './engine/contract.js';
import { carryErrorFacts } from './engine/errors.js';
import { Page } from './page.js';

carryErrorFacts();
const worker = new Worker(new URL('engine.js', import.meta.url), { type: 'module', name: 'memgpu' });
// In a task of its own: this one has the scripts to read.
setTimeout(() => render(<Page engine={wrap(worker) as unknown as Engine} />, document.getElementById('page')!));

// Without it the page works all the same, only not without a connection.
navigator.serviceWorker?.register('service-worker.js').catch(() => {});
