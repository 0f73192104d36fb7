/** Whether the window is wide enough for an open task beside the list. The styles use the same width. */
import { createSignal, onCleanup } from "solid-js";
import type { Accessor } from "solid-js";

export function createWide(): Accessor<boolean> {
  const query = matchMedia("(min-width: 60rem)");
  const [wide, setWide] = createSignal(query.matches);
  const follow = (event: MediaQueryListEvent): void => void setWide(event.matches);
  query.addEventListener("change", follow);
  onCleanup(() => query.removeEventListener("change", follow));
  return wide;
}
