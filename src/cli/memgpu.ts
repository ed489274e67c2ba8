#!/usr/bin/env node
import { main } from './main.js';
import { keepHeapSmall } from './memory.js';

keepHeapSmall();
await main(process.argv.slice(2), new URL('.', import.meta.url));
