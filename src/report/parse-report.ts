import type { Report } from '../analysis/result.js';
import { MemgpuError } from '../errors.js';

const SCHEMA = 'memgpu-report/1';

/** The parts that a view reads, and what each is. */
const PARTS: Readonly<Record<string, 'list' | 'object' | 'text'>> = {
  memgpu: 'text',
  created: 'text',
  mode: 'text',
  settings: 'object',
  adapters: 'list',
  encoders: 'object',
  sets: 'object',
  layers: 'list',
  images: 'list',
  units: 'list',
  timings: 'object',
  warnings: 'list',
};

/**
 * A report from the text or value of a report.json. Its outline is checked, not every number: who writes one by hand
 * checks it against report.schema.json.
 * @throws BAD_OPTION for what is no JSON, no report, or one of a schema that this version does not know
 */
export function parseReport(given: unknown): Report {
  const value = typeof given === 'string' ? parsed(given) : given;
  if (!isObject(value) || typeof value.schema !== 'string' || !value.schema.startsWith('memgpu-report/')) {
    throw noReport('this is no report of memgpu');
  }
  if (value.schema !== SCHEMA) {
    throw new MemgpuError('BAD_OPTION', `this report has the schema ${JSON.stringify(value.schema.slice(0, 40))}`, {
      hint: `This version of memgpu reads ${SCHEMA}: use the version that wrote the report.`,
    });
  }
  for (const [name, kind] of Object.entries(PARTS)) {
    const part = value[name];
    const fits = kind === 'list' ? Array.isArray(part) : kind === 'text' ? typeof part === 'string' : isObject(part);
    if (!fits) throw noReport(`this report has no ${kind} "${name}"`);
  }
  if (!isObject((value.encoders as Record<string, unknown>).f)) throw noReport('this report has no encoder f');
  return value as unknown as Report;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw noReport(`this is no JSON: ${(cause as Error).message}`, cause);
  }
}

function noReport(what: string, cause?: unknown): MemgpuError {
  return new MemgpuError('BAD_OPTION', what, { hint: 'Choose a report.json as memgpu analyze writes it.', cause });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
