/** Where toasts appear. The region is always there, or screen readers would miss what appears in it. */
import { onCleanup, onMount, Show } from "solid-js";
import type { JSX } from "solid-js";
import { isFocusFree } from "./page.tsx";
import type { Toasts } from "./toasts.ts";

interface ToastRegionProps {
  readonly toasts: Toasts;
}

export function ToastRegion(props: ToastRegionProps): JSX.Element {
  /** Where the focus was before it came to the toast, which goes once its button is pressed. */
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
      onMouseEnter={() => props.toasts.hold()}
      onMouseLeave={() => props.toasts.release()}
      onFocusIn={(event) => {
        before = event.relatedTarget;
        props.toasts.hold();
      }}
      onFocusOut={() => props.toasts.release()}
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

/** In a text the keys belong to the text's own undo. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement || target instanceof HTMLSelectElement
  );
}
