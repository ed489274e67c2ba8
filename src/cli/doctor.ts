import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { MemgpuError } from '../errors.js';
import type { AdapterFacts } from '../gpu/gpu.js';
import { listAdapters, type NamedAdapter } from '../platform/dawn.js';
import { type EmbeddedDriverState, embeddedDriverState } from '../platform/embedded-driver.js';
import { openNodeGpu } from '../platform/node-gpu.js';
import { whyNoSystemVulkan } from '../platform/vulkan-system.js';
import { byteCount } from '../report/amounts.js';
import { assertRight, checkEverything, isRight, type SelfCheck } from '../self-check/self-check.js';
import { VERSION } from '../version.js';
import { checkTable } from './check-table.js';
import { type Distribution, type DriverAdvice, driverAdvice, parseOsRelease } from './driver-advice.js';
import { addAdapterFlag } from './encoder-flags.js';
import { addOutputFlags, type OutputFlags, openTerminal } from './terminal.js';
import { type TunedState, tunedState } from './tuned-tiles.js';

/** What `--json` prints. */
interface Diagnosis {
  readonly memgpu: string;
  readonly node: string;
  readonly platform: string;
  /** Null where none was found; `noAdapter` then says why. */
  readonly adapter: AdapterFacts | null;
  readonly noAdapter: string | null;
  readonly system: { readonly why: string | null; readonly adapters: readonly NamedAdapter[] };
  readonly embedded: EmbeddedDriverState;
  /** A faster driver that can be installed. */
  readonly advice: DriverAdvice | null;
  /** Every kernel that an analysis may run here, against float64. */
  readonly check: (SelfCheck & { readonly passed: boolean }) | null;
  /** What `memgpu tune` stored for the adapter; null without one. */
  readonly tuned: Omit<TunedState, 'tiles'> | null;
}

export function addDoctorCommand(program: Command): void {
  const command = program
    .command('doctor')
    .description('show which adapter is used and why, and check every kernel on it (exit code 3 without one)');
  addAdapterFlag(command);
  addOutputFlags(command, 'print one JSON document');
  command.addHelpText('after', '\nExamples:\n  memgpu doctor\n  memgpu doctor --adapter hardware');
  command.action(runDoctor);
}

async function runDoctor(flags: OutputFlags & { readonly adapter: string }): Promise<void> {
  const terminal = openTerminal(flags);
  const why = whyNoSystemVulkan();
  const system = { why, adapters: why === null ? await listAdapters('system') : [] };
  let found: { adapter: AdapterFacts; tuned: TunedState; check: SelfCheck } | undefined;
  let failure: MemgpuError | undefined;
  try {
    await using gpu = await openNodeGpu({ adapter: flags.adapter, robust: 'hardware' });
    const tuned = tunedState(gpu.facts);
    terminal.note(`Checking every kernel on ${gpu.facts.name}.`);
    found = { adapter: gpu.facts, tuned, check: await checkEverything(gpu, tuned.tiles) };
  } catch (error) {
    if (!(error instanceof MemgpuError) || error.code !== 'NO_ADAPTER') throw error;
    failure = error;
  }
  const diagnosis: Diagnosis = {
    memgpu: VERSION,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    adapter: found?.adapter ?? null,
    noAdapter: failure?.message ?? null,
    system,
    embedded: embeddedDriverState(),
    advice: driverAdvice(found?.adapter ?? null, system.adapters.length, process.platform, distribution()),
    check: found ? { passed: found.check.outcomes.every(isRight), ...found.check } : null,
    tuned: found ? tunedFacts(found.tuned) : null,
  };
  terminal.print(flags.json ? JSON.stringify(diagnosis, null, 2) : linesOf(diagnosis).join('\n'));
  if (failure) throw failure;
  if (found) assertRight(found.adapter, found.check.outcomes);
}

function tunedFacts({ tiles: _, ...rest }: TunedState): Omit<TunedState, 'tiles'> {
  return rest;
}

/** Of a Linux that tells it. */
function distribution(): Distribution | null {
  try {
    return parseOsRelease(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return null;
  }
}

function linesOf({ memgpu, node, platform, adapter, system, embedded, advice, check, tuned }: Diagnosis): string[] {
  const lines = [
    ['memgpu', memgpu],
    ['Node', `${node}, ${platform}`],
    ['adapter', adapter ? `${adapter.name}: ${adapter.kind}, from ${ORIGINS[adapter.origin]}` : 'none'],
    [
      'system',
      system.why ?? (system.adapters.map(({ name, backend }) => `${name} (${backend})`).join(', ') || 'no adapter'),
    ],
    ['embedded', embeddedLine(embedded)],
    ['browser', 'none is needed or started; a page uses the WebGPU of the browser that shows it'],
  ];
  if (adapter) {
    const { limits, subgroups, timestamps, driver } = adapter;
    lines.push(
      ['driver', driver || 'not told'],
      [
        'buffers',
        `up to ${byteCount(limits.maxBufferSize)}, bound up to ${byteCount(limits.maxStorageBufferBindingSize)}`,
      ],
      [
        'workgroups',
        `${limits.maxComputeInvocationsPerWorkgroup} invocations, ${byteCount(limits.maxComputeWorkgroupStorageSize)} of memory`,
      ],
      ['subgroups', subgroups ? `${subgroups.min} to ${subgroups.max}` : 'not offered'],
      ['timestamps', timestamps ? 'yes: kernels can be timed' : 'no'],
    );
  }
  if (check) {
    const { kernels, seconds, passed } = check;
    const verdict = passed ? 'all agree with float64' : 'SOME ARE WRONG';
    lines.push(['self-check', `${kernels} kernels and small networks, ${seconds.toFixed(1)} s: ${verdict}`]);
  }
  if (tuned) lines.push(['tiles', tunedLine(tuned)]);
  if (advice) lines.push(['faster', advice.gain], ...advice.commands.map((command) => ['', `  ${command}`]));
  const table = check ? ['', ...checkTable(check.outcomes, process.stdout.columns ?? 100)] : [];
  return [...lines.map(([name, value]) => `${name!.padEnd(12)}${value}`), ...table];
}

const ORIGINS: Readonly<Record<AdapterFacts['origin'], string>> = {
  system: "the system's driver",
  embedded: 'the embedded driver',
  given: 'the caller',
  browser: 'the browser',
  null: 'nowhere',
};

function tunedLine({ stored, file, unusable }: Omit<TunedState, 'tiles'>): string {
  if (unusable !== null) return `${file} is not used: ${unusable}`;
  return stored ? `as memgpu tune measured them: ${file}` : "by memgpu's table; memgpu tune measures them here";
}

function embeddedLine({ unavailable, folder, unpacked }: EmbeddedDriverState): string {
  if (unavailable !== null) return unavailable;
  return unpacked ? `unpacked in ${folder}` : `not unpacked yet; it would go to ${folder}`;
}
