/** The frame around every signed-in view. It provides the workspace of the session. */
import type { JSX } from "solid-js";
import { surroundings, tabStorage, useSession } from "../session/browser.ts";
import { newId } from "../session/new-id.ts";
import { createOnline } from "../ui/connection.ts";
import { focusHeading } from "../ui/page.tsx";
import { ToastRegion } from "../ui/toast-region.tsx";
import type { WorkspaceKeeper } from "./keeper.ts";
import { Side } from "./nav.tsx";
import { Workspace, WorkspaceProvider } from "./workspace.ts";
import "../styles/shell.css";

interface ShellProps {
  /** Constant, as is `keeper`. */
  readonly sessionId: string;
  readonly keeper: WorkspaceKeeper;
  readonly children?: JSX.Element;
}

export default function Shell(props: ShellProps): JSX.Element {
  const { transport } = useSession();
  const { now, timeZone } = surroundings;
  const open = (): Workspace =>
    new Workspace({ sessionId: props.sessionId, transport, storage: tabStorage, newId, now, timeZone });
  const workspace = props.keeper.of(props.sessionId, open);
  void workspace.lists.load();
  createOnline(() => void workspace.lists.load());
  const skip = (event: MouseEvent): void => {
    event.preventDefault();
    focusHeading();
  };
  return (
    <WorkspaceProvider value={workspace}>
      <a class="skip" href="#content" onClick={skip}>
        Skip to the content
      </a>
      <div class="shell">
        <Side />
        {props.children}
        <ToastRegion toasts={workspace.toasts} />
      </div>
    </WorkspaceProvider>
  );
}
