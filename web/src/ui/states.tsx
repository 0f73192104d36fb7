/** The loading and the failed state of a view. */
import { createUniqueId, For } from "solid-js";
import type { JSX } from "solid-js";

interface SkeletonProps {
  /** Announced by screen readers. */
  readonly label: string;
  readonly lines?: number;
}

/** A placeholder that the style shows only after 150 ms. */
export function Skeleton(props: SkeletonProps): JSX.Element {
  return (
    <div class="skeleton" role="status">
      <span class="hidden">{props.label}</span>
      <For each={Array.from({ length: props.lines ?? 4 })}>
        {() => <div class="skeleton-line" aria-hidden="true" />}
      </For>
    </div>
  );
}

interface FailedProps {
  readonly title: string;
  readonly message: string;
  readonly action: string;
  onAction(): void;
}

export function Failed(props: FailedProps): JSX.Element {
  const id = createUniqueId();
  return (
    <section class="empty" role="alert" aria-labelledby={id}>
      <h2 id={id}>{props.title}</h2>
      <p class="muted">{props.message}</p>
      <button type="button" class="quiet" onClick={() => props.onAction()}>
        {props.action}
      </button>
    </section>
  );
}
