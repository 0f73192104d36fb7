/** The frame around every signed-in view, and the home of what the session holds. */
import { Show } from "solid-js";
import type { JSX } from "solid-js";
import { useSession } from "../session/browser.ts";
import { newId } from "../session/new-id.ts";
import { createOnline } from "../ui/connection.ts";
import { ToastRegion } from "../ui/toast-region.tsx";
import { Side } from "./nav.tsx";
import { Workspace, WorkspaceProvider } from "./workspace.ts";
import "../styles/shell.css";

interface ShellProps {
  readonly children?: JSX.Element;
}

export default function Shell(props: ShellProps): JSX.Element {
  const session = useSession();
  const workspace = new Workspace({
    transport: session.transport,
    newId,
    timeZone: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
  });
  void workspace.lists.load();
  const online = createOnline(() => void workspace.lists.load());
  const skip = (event: MouseEvent): void => {
    event.preventDefault();
    document.querySelector<HTMLElement>("h1")?.focus();
  };
  return (
    <WorkspaceProvider value={workspace}>
      <a class="skip" href="#content" onClick={skip}>
        Skip to the content
      </a>
      <div class="shell">
        <Side />
        {props.children}
        <div class="offline" role="status">
          <Show when={!online()}>
            <p>No connection. What you change now can't be saved.</p>
          </Show>
        </div>
        <ToastRegion toasts={workspace.toasts} />
      </div>
    </WorkspaceProvider>
  );
}
