/** A name out of a file, for a message: control characters escaped, so that it cannot steer a terminal, and not too long. */
export function quote(name: string): string {
  const short = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  return JSON.stringify(short).replace(/[\x7f-\x9f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
}
