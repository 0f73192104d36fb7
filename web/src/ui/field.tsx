/** An input with label, hint and fault. */
import { createSignal, createUniqueId, Show } from "solid-js";
import type { JSX } from "solid-js";
import { Fault } from "./fault.tsx";

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly type?: "text" | "email" | "password";
  readonly autocomplete: string;
  readonly hint?: string;
  /** What is wrong and what would be right; absent for a valid field. */
  readonly fault?: string | undefined;
  readonly value: string;
  onValue(value: string): void;
}

export function Field(props: FieldProps): JSX.Element {
  const id = createUniqueId();
  const [shown, setShown] = createSignal(false);
  const describedBy = (): string | undefined =>
    [props.fault && `${id}-fault`, props.hint && `${id}-hint`].filter(Boolean).join(" ") || undefined;
  return (
    <div class="field" classList={{ bad: Boolean(props.fault) }}>
      <label for={id}>{props.label}</label>
      <div class="field-box">
        <input
          id={id}
          name={props.name}
          type={shown() ? "text" : (props.type ?? "text")}
          autocomplete={props.autocomplete}
          autocapitalize={props.type ? "none" : "words"}
          spellcheck={false}
          required
          aria-invalid={props.fault ? true : undefined}
          aria-describedby={describedBy()}
          value={props.value}
          onInput={(event) => props.onValue(event.currentTarget.value)}
        />
        <Show when={props.type === "password"}>
          <button type="button" class="reveal" aria-pressed={shown()} onClick={() => setShown(!shown())}>
            {shown() ? "Hide" : "Show"}
            <span class="hidden"> password</span>
          </button>
        </Show>
      </div>
      <Fault id={`${id}-fault`} text={props.fault} />
      <Show when={props.hint}>
        <p class="hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      </Show>
    </div>
  );
}

/** Focuses the first invalid field of a form, once the faults are rendered. */
export function focusFirstFault(form: HTMLFormElement): void {
  queueMicrotask(() => form.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
}
