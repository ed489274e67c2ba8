import { useLayoutEffect, useMemo, useState } from 'preact/hooks';

/**
 * What a promise gives, undefined until then; of several the last that was asked for. An error is thrown on rendering.
 * @param asked what `load` depends on; with others of them it is called again
 */
export function useLoaded<T>(load: () => Promise<T>, asked: readonly unknown[]): T | undefined {
  const [loaded, setLoaded] = useState<{ readonly of: object; readonly value?: T; readonly error?: unknown }>();
  const question = useMemo(() => ({}), asked);
  // Before anything is painted: what is at hand stands there at once.
  useLayoutEffect(() => {
    let current = true;
    load().then(
      (value) => current && setLoaded({ of: question, value }),
      (error) => current && setLoaded({ of: question, error }),
    );
    return () => {
      current = false;
    };
  }, [question]);
  if (loaded?.of !== question) return undefined;
  if ('error' in loaded) throw loaded.error;
  return loaded.value;
}
