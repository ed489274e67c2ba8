#!/usr/bin/env node
import { main } from './main.js';
import { keepYoungGenerationSmall } from './memory.js';

keepYoungGenerationSmall();
await main(process.argv.slice(2), new URL('.', import.meta.url));
