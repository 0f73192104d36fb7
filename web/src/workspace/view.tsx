/** The layout that all signed-in views share: a column with a head, and the dock at the bottom. */
import { onCleanup, onMount, Show } from "solid-js";
import type { JSX } from "solid-js";
import { Offline } from "../ui/offline.tsx";
import { Heading, useTitle } from "../ui/page.tsx";
import { BottomNav } from "./nav.tsx";

interface ViewProps {
  readonly title: string;
  readonly note?: JSX.Element;
  /** At the end of the head. */
  readonly action?: JSX.Element;
  /** In the dock, above the navigation. */
  readonly dock?: JSX.Element;
  /** A dialog is over this view, which is inert. */
  readonly covered?: boolean;
  readonly children: JSX.Element;
}

export function View(props: ViewProps): JSX.Element {
  let dock!: HTMLDivElement;
  useTitle(() => props.title);
  onMount(() => {
    // Toasts are placed above the dock, and its height depends on its content.
    const follow = new ResizeObserver(() => {
      document.documentElement.style.setProperty("--dock", `${dock.offsetHeight}px`);
    });
    follow.observe(dock);
    onCleanup(() => follow.disconnect());
  });
  return (
    <div class="column" inert={props.covered || undefined}>
      <main class="page" id="content">
        <header class="head">
          <div>
            <Heading>{props.title}</Heading>
            <Show when={props.note}>
              <p class="muted small">{props.note}</p>
            </Show>
          </div>
          {props.action}
        </header>
        <Offline />
        {props.children}
      </main>
      <div class="dock" ref={dock}>
        {props.dock}
        <BottomNav />
      </div>
    </div>
  );
}
