/** Name and logo. */
import type { JSX } from "solid-js";

export function Brand(): JSX.Element {
  return (
    <p class="brand">
      <i aria-hidden="true" />
      Docket
    </p>
  );
}
