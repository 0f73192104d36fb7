/** Where toasts appear. The region is always there, or screen readers would miss what appears in it. */
import { onCleanup, onMount, Show } from "solid-js";
import type { JSX } from "solid-js";
import type { Toasts } from "./toasts.ts";

interface ToastRegionProps {
  readonly toasts: Toasts;
}

export function ToastRegion(props: ToastRegionProps): JSX.Element {
  const undoByKey = (event: KeyboardEvent): void => {
    const wanted = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey;
    if (!wanted || isTyping(event.target) || !props.toasts.current()?.action) return;
    event.preventDefault();
    props.toasts.act();
  };
  onMount(() => addEventListener("keydown", undoByKey));
  onCleanup(() => removeEventListener("keydown", undoByKey));
  return (
    <div
      class="toasts"
      role="status"
      onMouseEnter={() => props.toasts.hold()}
      onMouseLeave={() => props.toasts.release()}
      onFocusIn={() => props.toasts.hold()}
      onFocusOut={() => props.toasts.release()}
    >
      <Show when={props.toasts.current()} keyed>
        {(toast) => (
          <div class="toast">
            <span class="toast-text">{toast.text}</span>
            <Show when={toast.action}>
              {(action) => (
                <button type="button" aria-keyshortcuts="Control+Z Meta+Z" onClick={() => props.toasts.act()}>
                  {action().label}
                </button>
              )}
            </Show>
          </div>
        )}
      </Show>
    </div>
  );
}

/** In a text the keys belong to the text's own undo. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement || target instanceof HTMLSelectElement
  );
}
