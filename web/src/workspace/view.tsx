/** What all signed-in views share: the column with its head, and the dock below it. */
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
  /** In the dock, above the ways to other views. */
  readonly dock?: JSX.Element;
  /** Something lies over this view: nothing in it can be reached. */
  readonly covered?: boolean;
  readonly children: JSX.Element;
}

export function View(props: ViewProps): JSX.Element {
  let dock!: HTMLDivElement;
  useTitle(() => props.title);
  onMount(() => {
    // Toasts stand above the dock, whose height follows what is typed into it.
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
