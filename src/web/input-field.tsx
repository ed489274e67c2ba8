import type { ComponentChildren } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { Name } from '../report/view/name.js';
import { chosenOf, chosenOfDrop } from './dropped-files.js';
import type { Chosen } from './engine/contract.js';
import { ErrorNotice } from './error-notice.js';
import type { Slot } from './state.js';

export interface InputFieldProps<T> {
  readonly title: string;
  readonly explanation: ComponentChildren;
  readonly slot: Slot<T>;
  readonly choose: (chosen: Chosen | null) => void;
  /** Told where what was dropped cannot be read. */
  readonly failed: (error: unknown) => void;
  /** What was recognised. */
  readonly summary: (value: T) => ComponentChildren;
  readonly accept?: string;
  /** Which of what is there is meant, in numbers; '' for all. */
  readonly part?: { readonly value: string; readonly change: (value: string) => void };
}

/** A place for files: choose or drop them, see what was recognised, take them away again. */
export function InputField<T>({ title, explanation, slot, choose, failed, summary, accept, part }: InputFieldProps<T>) {
  const [over, setOver] = useState(false);
  const id = useId();
  const drop = (event: DragEvent) => {
    event.preventDefault();
    event.stopPropagation();
    setOver(false);
    if (event.dataTransfer) chosenOfDrop(event.dataTransfer).then((chosen) => chosen && choose(chosen), failed);
  };
  return (
    <fieldset
      class={`input ${over ? 'over' : ''}`}
      aria-describedby={`${id}-explanation`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <legend>{title}</legend>
      <p id={`${id}-explanation`} class="explanation">
        {explanation}
      </p>
      <div class="choosers">
        <Chooser label="Choose files" of={title} choose={choose} {...(accept ? { accept } : {})} />
        <Chooser label="Choose a folder" of={title} choose={choose} folder />
        <span class="explanation">or drop them here</span>
      </div>
      <div class="chosen" aria-live="polite">
        {slot.is === 'reading' && (
          <p>
            Reading <Name text={slot.name} />
          </p>
        )}
        {slot.is === 'ready' && (
          <p>
            <Name text={slot.name} />: {summary(slot.value)}
          </p>
        )}
      </div>
      {slot.is === 'bad' && <ErrorNotice error={slot.error} />}
      {part && (slot.is === 'ready' || part.value !== '') && <Part of={title} {...part} />}
      {(slot.is === 'ready' || slot.is === 'bad') && (
        <button type="button" class="quiet" onClick={() => choose(null)} aria-label={`Remove ${title}`}>
          Remove
        </button>
      )}
    </fieldset>
  );
}

/** Numbers of images, told once they are typed. */
function Part({ of, value, change }: { of: string } & NonNullable<InputFieldProps<unknown>['part']>) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  return (
    <label class="part">
      Only images <span class="unseen">of {of}</span>
      <input
        value={typed}
        placeholder="all, or numbers: 0-499"
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        onChange={({ currentTarget }) => change(currentTarget.value)}
      />
    </label>
  );
}

interface ChooserProps {
  readonly label: string;
  readonly of: string;
  readonly choose: (chosen: Chosen) => void;
  readonly folder?: boolean;
  readonly accept?: string;
}

function Chooser({ label, of, choose, folder = false, accept }: ChooserProps) {
  return (
    <label class="button">
      {label}
      <span class="unseen"> for {of}</span>
      <input
        class="unseen"
        type="file"
        multiple
        {...(accept ? { accept } : {})}
        {...(folder ? { webkitdirectory: true } : {})}
        onChange={({ currentTarget }) => {
          const chosen = chosenOf(currentTarget.files ?? []);
          // The same files chosen again count as chosen.
          currentTarget.value = '';
          if (chosen) choose(chosen);
        }}
      />
    </label>
  );
}
