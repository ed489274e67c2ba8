import type { Report, Warning } from '../analysis/result.js';

/** What is good to know, and changes no number. */
const NOTES = new Set(['SOFTWARE_ADAPTER']);

/** Characters of a message that are shown. */
export const LONGEST_NOTICE = 800;

/** Heads the warnings. */
export const WARNINGS_TITLE = 'Before you trust the numbers';

/** A report's warnings, and what among them is only a note; both in the report's order. */
export function noticesOf(report: Report): { warnings: Warning[]; notes: Warning[] } {
  const isNote = ({ code }: Warning) => NOTES.has(code);
  return {
    warnings: report.warnings.filter((warning) => !isNote(warning)),
    notes: report.warnings.filter(isNote),
  };
}
