import { ortProgram } from './ort.js';
import { serve } from './serve.js';

serve(ortProgram('ort.wasm.min.mjs', 'wasm'));
