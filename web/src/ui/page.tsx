/** Title and focus of a view. */
import { createEffect, onMount } from "solid-js";
import type { JSX } from "solid-js";

let navigated = false;

/** Sets the tab's title: "Inbox · Docket". */
export function useTitle(title: () => string): void {
  createEffect(() => {
    document.title = `${title()} · Docket`;
  });
}

interface HeadingProps {
  readonly children: JSX.Element;
}

/** The heading of a view. After a navigation it takes the focus, so that screen readers announce the view. */
export function Heading(props: HeadingProps): JSX.Element {
  let heading!: HTMLHeadingElement;
  onMount(() => {
    const free = isFocusFree() || document.activeElement instanceof HTMLAnchorElement;
    if (navigated && free) heading.focus({ preventScroll: true });
    navigated = true;
  });
  return (
    <h1 ref={heading} tabindex={-1}>
      {props.children}
    </h1>
  );
}

/** Moves the focus to the heading, for when the focused element was removed. */
export function focusHeading(): void {
  document.querySelector<HTMLElement>("h1")?.focus();
}

/** Whether no element has the focus, for example because the focused one was removed. */
export function isFocusFree(): boolean {
  return !document.activeElement || document.activeElement === document.body;
}
