export function buildBenchPage(): Promise<void>;
