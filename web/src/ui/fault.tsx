/** Why a form was not taken: beside the field at fault, or for the form as a whole. */
import { Show } from "solid-js";
import type { JSX } from "solid-js";

interface FaultProps {
  /** For the field's aria-describedby. */
  readonly id: string;
  readonly text: string | undefined;
}

export function Fault(props: FaultProps): JSX.Element {
  return (
    <Show when={props.text}>
      <p class="why" id={props.id}>
        {props.text}
      </p>
    </Show>
  );
}

interface TroubleProps {
  readonly text: string | undefined;
}

/** Screen readers announce the text when it appears in a region that was there before. */
export function Trouble(props: TroubleProps): JSX.Element {
  return (
    <div role="alert">
      <Show when={props.text}>
        <p class="trouble">{props.text}</p>
      </Show>
    </div>
  );
}
