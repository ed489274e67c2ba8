import { transferHandlers } from 'comlink';

/** What a page shows of an error. */
export interface ErrorFacts {
  readonly code: string | null;
  readonly message: string;
  readonly hint: string | null;
}

export function errorFacts(error: unknown): ErrorFacts {
  const { code, message, hint } = error as { code?: unknown; message?: unknown; hint?: unknown };
  return {
    code: typeof code === 'string' ? code : null,
    message: typeof message === 'string' ? message : String(error),
    hint: typeof hint === 'string' ? hint : null,
  };
}

/** A port carries an error's name, message and stack; this lets its code and hint go with them. Called on both sides. */
export function carryErrorFacts(): void {
  const plain = transferHandlers.get('throw')!;
  transferHandlers.set('throw', {
    canHandle: plain.canHandle,
    serialize(thrown: unknown) {
      const [message, transferred] = plain.serialize(thrown);
      const { value } = thrown as { value: unknown };
      return [{ message, ...(value instanceof Error && { facts: errorFacts(value) }) }, transferred];
    },
    deserialize(received: unknown) {
      const { message, facts } = received as { message: unknown; facts?: ErrorFacts };
      try {
        return plain.deserialize(message);
      } catch (error) {
        throw facts ? Object.assign(error as Error, facts) : error;
      }
    },
  });
}
