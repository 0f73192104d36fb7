/** The name and its mark. */
import type { JSX } from "solid-js";

export function Brand(): JSX.Element {
  return (
    <p class="brand">
      <i aria-hidden="true" />
      Docket
    </p>
  );
}
