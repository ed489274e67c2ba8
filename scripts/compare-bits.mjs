// After a test run: compares the bits that kernels gave in Node with those that they gave in Chromium, as
// test/record-bits.ts wrote them. A missing file or entry, or another hash, fails.
//   --clear   before a run: removes what an earlier one left
// Where vitest.config.ts left the Chromium tests out it wrote why; then there is nothing to compare, and this says so.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';

const RESULTS = 'test-results/bits';
const LEFT_OUT = `${RESULTS}/chromium-left-out.txt`;
const HOSTS = ['node', 'chromium'];

if (process.argv.includes('--clear')) {
  rmSync(RESULTS, { recursive: true, force: true });
  process.exit(0);
}

const [node, chromium] = HOSTS.map(readHost);
if (existsSync(LEFT_OUT) && chromium.size === 0) {
  console.log(`Bits: Node was not compared with Chromium: ${readFileSync(LEFT_OUT, 'utf8').trim()}`);
  process.exit(0);
}

const wrong = [];
let equal = 0;
let hardware = 0;
for (const file of [...new Set([...node.keys(), ...chromium.keys()])].sort()) {
  const records = [node.get(file), chromium.get(file)];
  if (records.includes(undefined)) {
    wrong.push(`${file}: no file from ${HOSTS[records.indexOf(undefined)]}`);
    continue;
  }
  const [a, b] = records;
  if (a.adapter.kind !== 'software' || JSON.stringify(a.adapter) !== JSON.stringify(b.adapter)) {
    hardware++; // A compiler may contract a·b + c there, and two adapters owe each other no bit.
    continue;
  }
  for (const name of new Set([...Object.keys(a.bits), ...Object.keys(b.bits)])) {
    if (!(name in a.bits)) wrong.push(`${file}: ${name}: missing in node`);
    else if (!(name in b.bits)) wrong.push(`${file}: ${name}: missing in chromium`);
    else if (a.bits[name] !== b.bits[name])
      wrong.push(`${file}: ${name}: ${a.bits[name]} in node, ${b.bits[name]} in chromium`);
    else equal++;
  }
}
if (node.size === 0) wrong.push('no file at all from node: run the tests first');
if (hardware > 0)
  console.log(`Bits: ${hardware} test files ran on hardware or on different adapters and were not compared.`);
console.log(`Bits: ${equal} outputs are equal in Node and Chromium.`);
if (wrong.length > 0) {
  console.error(`Bits that differ or are missing:\n${wrong.map((line) => `  ${line}`).join('\n')}`);
  process.exit(1);
}

/** The records of a host by test file. */
function readHost(host) {
  const folder = `${RESULTS}/${host}`;
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  return new Map(files.map((name) => [name, JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'))]));
}
