/** The guard of the signed-in routes: it redirects to sign-in, and passes on the path to return to. */
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
  // Loads while the session is being restored.
  void Shell.preload();
  const session = useSession();
  const location = useLocation();
  const keeper = new WorkspaceKeeper();
  createEffect(() => session.state().kind === "signedOut" && keeper.drop());
  const target = (state: SessionState): string => {
    const left = state.kind === "signedOut" && state.reason === "signedOut";
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
        <main class="standalone">
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
        {/* Another session may belong to another account: nothing of the earlier one may stay. */}
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
