/** Entry of the page that measures the kernels in a browser. */
import { render } from 'preact';
import { KernelsPage } from './kernels-page.js';

render(<KernelsPage />, document.getElementById('page')!);
