/** The region of toasts. It is always present: screen readers announce only changes within a live region. */
import { onCleanup, onMount, Show } from "solid-js";
import type { JSX } from "solid-js";
import { isFocusFree } from "./page.tsx";
import type { Toasts } from "./toasts.ts";

interface ToastRegionProps {
  readonly toasts: Toasts;
}

export function ToastRegion(props: ToastRegionProps): JSX.Element {
  /** The element that had the focus before the toast, whose button disappears once it is pressed. */
  let before: EventTarget | null = null;
  const act = (): void => {
    const target = props.toasts.current()?.action?.focus;
    props.toasts.act();
    if (target) document.getElementById(target)?.focus();
    if (isFocusFree() && before instanceof HTMLElement) before.focus();
  };
  const undoByKey = (event: KeyboardEvent): void => {
    const wanted = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey;
    if (!wanted || isTyping(event.target) || props.toasts.current()?.action?.label !== "Undo") return;
    event.preventDefault();
    act();
  };
  onMount(() => addEventListener("keydown", undoByKey));
  onCleanup(() => removeEventListener("keydown", undoByKey));
  return (
    <div
      class="toasts"
      role="status"
      onMouseEnter={() => props.toasts.pauseTimer()}
      onMouseLeave={() => props.toasts.restartTimer()}
      onFocusIn={(event) => {
        before = event.relatedTarget;
        props.toasts.pauseTimer();
      }}
      onFocusOut={() => props.toasts.restartTimer()}
    >
      <Show when={props.toasts.current()} keyed>
        {(toast) => (
          <div class="toast">
            <span class="toast-text">{toast.text}</span>
            <Show when={toast.action}>
              {(action) => (
                <button
                  type="button"
                  aria-keyshortcuts={action().label === "Undo" ? "Control+Z Meta+Z" : undefined}
                  onClick={act}
                >
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

/** In a text field Ctrl+Z undoes typing. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement || target instanceof HTMLSelectElement
  );
}
