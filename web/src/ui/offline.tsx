/** The offline banner. Its live region is always present: screen readers announce only changes within one. */
import { Show } from "solid-js";
import type { JSX } from "solid-js";
import { createOnline } from "./connection.ts";

export function Offline(): JSX.Element {
  const online = createOnline();
  return (
    <div role="status">
      <Show when={!online()}>
        <p class="banner">No connection. What you change now can't be saved.</p>
      </Show>
    </div>
  );
}
