export function buildElement(folder?: string): Promise<void>;
