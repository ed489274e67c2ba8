export function bundleSize(): Promise<{
  readonly counted: number;
  readonly first: number;
  readonly runs: Readonly<Record<string, number>>;
  readonly parts: Readonly<Record<string, number>>;
  readonly rooms: Readonly<Record<string, { readonly bytes: number; readonly share: number }>>;
}>;
