/** Lets nobody past who isn't signed in, and keeps for after signing in where they wanted to go. */
import { createEffect, lazy, Match, Show, Switch } from "solid-js";
import type { JSX } from "solid-js";
import { Navigate, useLocation } from "@solidjs/router";
import type { RouteSectionProps } from "@solidjs/router";
import { useSession } from "../session/browser.ts";
import type { SessionState } from "../session/session.ts";
import { Failed } from "../ui/states.tsx";
import { WorkspaceKeeper } from "../workspace/keeper.ts";
import { Waiting } from "./frame.tsx";
import { signInPath } from "./return-path.ts";

const Shell = lazy(() => import("../workspace/shell.tsx"));

export function SignedIn(props: RouteSectionProps): JSX.Element {
  // Comes while the session is being taken up.
  void Shell.preload();
  const session = useSession();
  const location = useLocation();
  const keeper = new WorkspaceKeeper();
  createEffect(() => session.state().kind === "signedOut" && keeper.drop());
  const target = (state: SessionState): string => {
    const left = state.kind === "signedOut" && state.farewell === "signedOut";
    return left ? "/sign-in" : signInPath(location.pathname + location.search);
  };
  const sessionId = (): string | undefined => {
    const state = session.state();
    return state.kind === "signedIn" ? state.sessionId : undefined;
  };
  return (
    <Switch>
      <Match when={session.state().kind === "restoring"}>
        <Waiting />
      </Match>
      <Match when={session.state().kind === "unreachable"}>
        <main class="gate">
          <Failed
            title="No connection"
            message="Docket's server can't be reached. Your tasks are safe there."
            action="Try again"
            onAction={() => void session.restore()}
          />
        </main>
      </Match>
      <Match when={session.state().kind === "signedOut"}>
        <Navigate href={target(session.state())} />
      </Match>
      <Match when={session.state().kind === "signedIn"}>
        {/* Another session is another account's, perhaps: nothing of the earlier one may stay. */}
        <Show when={sessionId()} keyed>
          {(id) => (
            <Shell sessionId={id} keeper={keeper}>
              {props.children}
            </Shell>
          )}
        </Show>
      </Match>
    </Switch>
  );
}
