/** What every view does on entering: its title in the tab, and the focus on its heading once the reader navigates. */
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

/** The view's heading. A view that opens later takes the focus there, so that a screen reader says where it is. */
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

/** Moves the focus to the view's heading, where what had it is gone. */
export function focusHeading(): void {
  document.querySelector<HTMLElement>("h1")?.focus();
}

/** Whether nothing has the focus: what had it is gone, or never was. */
export function isFocusFree(): boolean {
  return !document.activeElement || document.activeElement === document.body;
}
