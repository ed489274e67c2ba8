import { useEffect, useState } from 'preact/hooks';

/** What a promise gives, undefined until then; of several the last that was asked for. An error is thrown on rendering. */
export function useLoaded<T>(load: () => Promise<T>, asked: readonly unknown[]): T | undefined {
  const [loaded, setLoaded] = useState<{ readonly value?: T; readonly error?: unknown; readonly asked: string }>();
  const key = JSON.stringify(asked);
  useEffect(() => {
    let current = true;
    load().then(
      (value) => current && setLoaded({ value, asked: key }),
      (error) => current && setLoaded({ error, asked: key }),
    );
    return () => {
      current = false;
    };
  }, [key]);
  if (loaded?.error !== undefined && loaded.asked === key) throw loaded.error;
  return loaded?.asked === key ? loaded.value : undefined;
}
