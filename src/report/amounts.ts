/** Amounts as people read them. */

/** Such as '45 s', '12 min', '3 h 20 min'. */
export function duration(seconds: number): string {
  if (seconds < 1) return 'less than 1 s';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** Such as '3.1 MiB'. */
export function byteCount(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

/** Such as '1,644,672'. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** Three significant digits, such as '896', '590k', '2.36M', '17.6G'. */
export function shortCount(value: number): string {
  const units = ['', 'k', 'M', 'G', 'T', 'P'];
  // 999,999 is 1.00M, not 1000k.
  const rounded = Number(value.toPrecision(3));
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, rounded)) / 3));
  return power === 0 ? String(value) : `${(rounded / 1000 ** power).toPrecision(3)}${units[power]}`;
}

/** Such as '1 image', '24 images'. */
export function counted(value: number, noun: string, nouns = `${noun}s`): string {
  return `${value} ${value === 1 ? noun : nouns}`;
}

/** Three significant digits, such as '0.0312', '1.94', '320'. */
export function rate(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
