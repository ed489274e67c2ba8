import type { ComponentChildren } from 'preact';
import { useErrorBoundary } from 'preact/hooks';
import { visible } from '../../text.js';

/** Tells what could not be read in its place; the rest of the report stands. */
export function Guard({ children }: { children: ComponentChildren }) {
  const [error] = useErrorBoundary();
  if (error === undefined) return <>{children}</>;
  const { message, hint } = error as { message?: string; hint?: string | null };
  return (
    <p role="alert">
      This could not be read: {visible(message ?? String(error))}. {hint}
    </p>
  );
}
