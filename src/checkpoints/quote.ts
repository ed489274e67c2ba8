import { escapeUnseen } from '../escape-unseen.js';

/** A name out of a file, for a message: so escaped that it cannot steer a terminal or turn the text, and not too long. */
export function quote(name: string): string {
  const short = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  return escapeUnseen(JSON.stringify(short));
}
