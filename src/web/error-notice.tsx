import type { ComponentChildren } from 'preact';
import type { ErrorFacts } from './engine/errors.js';

/** What went wrong, where, and what to do. */
export function ErrorNotice({ error, children }: { error: ErrorFacts; children?: ComponentChildren }) {
  const { message, hint, code } = error;
  return (
    <div class="error" role="alert">
      <p>
        <strong>{sentence(message)}</strong> {hint} {code && <span class="code">{code}</span>}
      </p>
      {children && <p>{children}</p>}
    </div>
  );
}

/** Messages are written to stand in a line after a program's name. */
function sentence(message: string): string {
  const text = /[.!?]$/.test(message) ? message : `${message}.`;
  return /^[a-z]{2,} /.test(text) ? text[0]!.toUpperCase() + text.slice(1) : text;
}
