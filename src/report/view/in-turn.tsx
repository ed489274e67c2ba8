import { type ComponentChildren, toChildArray } from 'preact';
import { useEffect, useState } from 'preact/hooks';

interface InTurnProps {
  readonly children: ComponentChildren;
  /** Called once all of them stand there. */
  readonly onWhole: () => void;
}

/** Renders its children one after another, each in a task of its own, so that none of them keeps the page from answering. */
export function InTurn({ children, onWhole }: InTurnProps) {
  const all = toChildArray(children);
  const [shown, show] = useState(1);
  useEffect(() => {
    if (shown >= all.length) return onWhole();
    const timer = setTimeout(() => show(shown + 1));
    return () => clearTimeout(timer);
  }, [shown, all.length]);
  return <>{all.slice(0, shown)}</>;
}
