import { useRef, useState } from 'preact/hooks';
import { MemgpuError } from '../../src/errors.js';
import type { KernelsReport } from '../print-kernels.js';
import { KernelsResult } from './kernels-result.js';
import { measureHere, type Step } from './measure.js';

type State =
  | { readonly is: 'ready' }
  | { readonly is: 'measuring'; readonly step: Step | null }
  | { readonly is: 'measured'; readonly report: KernelsReport }
  | { readonly is: 'failed'; readonly message: string; readonly hint: string | undefined };

/** Settings, progress, result. */
export function KernelsPage() {
  const [state, setState] = useState<State>({ is: 'ready' });
  const [only, setOnly] = useState('');
  const [repeats, setRepeats] = useState(5);
  const stop = useRef<AbortController>(undefined);
  const measuring = state.is === 'measuring';

  const measure = async (event: Event) => {
    event.preventDefault();
    const controller = new AbortController();
    const { signal } = controller;
    stop.current = controller;
    setState({ is: 'measuring', step: null });
    try {
      const report = await measureHere({ only, repeats }, (step) => setState({ is: 'measuring', step }), signal);
      setState({ is: 'measured', report });
    } catch (error) {
      if (signal.aborted) setState({ is: 'ready' });
      else setState({ is: 'failed', message: String((error as Error).message ?? error), hint: hintOf(error) });
    }
  };

  return (
    <>
      <h1>How fast this browser's GPU runs memgpu</h1>
      <p>
        Each kernel is measured against what the adapter can do at most: arithmetic and memory traffic, measured in the
        same run. Nothing leaves this machine. Leave the tab in front and the machine alone while it measures.
      </p>
      <form onSubmit={measure}>
        <label>
          Only kernels named
          <input
            name="only"
            placeholder="all, or such as conv*,gemm*"
            value={only}
            disabled={measuring}
            onInput={(event) => setOnly(event.currentTarget.value)}
          />
        </label>
        <label>
          Repeats
          <input
            name="repeats"
            type="number"
            min={1}
            max={100}
            required
            value={repeats}
            disabled={measuring}
            onInput={(event) => setRepeats(event.currentTarget.valueAsNumber)}
          />
        </label>
        {measuring ? (
          <button type="button" onClick={() => stop.current?.abort(new DOMException('stopped', 'AbortError'))}>
            Stop
          </button>
        ) : (
          <button type="submit">Measure</button>
        )}
      </form>
      <div role="status">{measuring && <Going step={state.step} />}</div>
      {state.is === 'failed' && (
        <p class="error" role="alert">
          {state.message}. {state.hint}
        </p>
      )}
      {state.is === 'measured' && <KernelsResult report={state.report} />}
    </>
  );
}

function Going({ step }: { step: Step | null }) {
  if (step === null) return <p>Measuring the roofs</p>;
  return (
    <p>
      <progress value={step.done} max={step.of} aria-label="Kernels measured" /> {step.done} of {step.of}: {step.name}
    </p>
  );
}

function hintOf(error: unknown): string | undefined {
  return error instanceof MemgpuError ? error.hint : undefined;
}
