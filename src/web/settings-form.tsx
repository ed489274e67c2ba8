import { useEffect, useState } from 'preact/hooks';
import { OPTION_TEXTS } from '../analysis/option-texts.js';
import type { OptionName } from '../analysis/options.js';
import { MODEL_OPTION_NAMES, MODEL_OPTION_TEXTS, type ModelOptionName } from '../models/option-texts.js';
import { defaultOf, FIRST_OPTIONS, faultOf, fieldChoices, OTHER_OPTIONS, type Settings } from './settings.js';

/** The options of the command line under their names, the advanced ones folded away. */
export function SettingsForm({ settings, change }: { settings: Settings; change: (settings: Settings) => void }) {
  const fault = faultOf(settings);
  const option = (name: OptionName) => (
    <Field
      key={name}
      name={flagName(name)}
      text={OPTION_TEXTS[name].text}
      value={settings.analysis[name] ?? ''}
      standard={defaultOf(name, settings)}
      choices={fieldChoices(name)}
      fault={fault?.option === name ? `${fault.message}. ${fault.hint ?? ''}` : null}
      change={(value) => change({ ...settings, analysis: { ...settings.analysis, [name]: value } })}
    />
  );
  const ofEncoder = (name: ModelOptionName) => (
    <Field
      key={name}
      name={name}
      text={`${MODEL_OPTION_TEXTS[name].value}: ${MODEL_OPTION_TEXTS[name].text}`}
      value={settings.encoder[name] ?? ''}
      standard=""
      choices={undefined}
      fault={null}
      change={(value) => change({ ...settings, encoder: { ...settings.encoder, [name]: value } })}
    />
  );
  return (
    <section aria-labelledby="settings">
      <h2 id="settings">Settings</h2>
      <p class="explanation">
        The encoder sees each image in several views: random crops, flips and colour changes. What it remembers, it
        keeps closer together.
      </p>
      <div class="fields">{FIRST_OPTIONS.map(option)}</div>
      <details open={fault !== null && !FIRST_OPTIONS.some((name) => name === fault.option)}>
        <summary>Advanced</summary>
        <p class="explanation">
          Names and defaults are those of <code>memgpu analyze</code>.
        </p>
        <div class="fields">{OTHER_OPTIONS.map(option)}</div>
        <h3>What a checkpoint cannot tell</h3>
        <div class="fields">{MODEL_OPTION_NAMES.map(ofEncoder)}</div>
        <label class="check">
          <input
            type="checkbox"
            checked={settings.pictures}
            onChange={({ currentTarget }) => change({ ...settings, pictures: currentTarget.checked })}
          />
          <span>Small pictures of the images in the report</span>
        </label>
      </details>
    </section>
  );
}

interface FieldProps {
  readonly name: string;
  readonly text: string;
  readonly value: string;
  readonly standard: string;
  readonly choices: readonly string[] | undefined;
  readonly fault: string | null;
  readonly change: (value: string) => void;
}

function Field({ name, text, value, standard, choices, fault, change }: FieldProps) {
  const id = `setting-${name}`;
  // What is being typed stays through whatever else changes on the page meanwhile.
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const described = { 'aria-describedby': `${id}-text`, ...(fault ? { 'aria-invalid': true } : {}) };
  return (
    <div class="field">
      <label for={id}>{name}</label>
      {choices && choices.length > 1 ? (
        <select id={id} {...described} onChange={({ currentTarget }) => change(currentTarget.value)}>
          <option value="" selected={value === ''}>
            {standard}
          </option>
          {choices
            .filter((choice) => choice !== standard)
            .map((choice) => (
              <option key={choice} value={choice} selected={choice === value}>
                {choice}
              </option>
            ))}
        </select>
      ) : (
        <input
          id={id}
          {...described}
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          placeholder={standard}
          autocomplete="off"
          spellcheck={false}
          onChange={({ currentTarget }) => change(currentTarget.value)}
        />
      )}
      <p id={`${id}-text`} class={fault ? 'fault' : 'explanation'}>
        {fault ?? text}
      </p>
    </div>
  );
}

/** As the command line writes it, without its dashes. */
function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
