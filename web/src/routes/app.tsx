/** The routes of the page. */
import { lazy } from "solid-js";
import type { JSX } from "solid-js";
import { Navigate, Route, Router } from "@solidjs/router";
import { SessionProvider } from "../session/browser.ts";
import type { Session } from "../session/session.ts";
import { Frame } from "./frame.tsx";
import { SignedIn } from "./signed-in.tsx";

const SignIn = lazy(() => import("./sign-in.tsx"));
const SignUp = lazy(() => import("./sign-up.tsx"));
const NotFound = lazy(() => import("./not-found.tsx"));
const Tasks = lazy(() => import("../tasks/tasks-view.tsx"));
const Lists = lazy(() => import("../lists/lists-view.tsx"));
const Account = lazy(() => import("../account/account-view.tsx"));

interface AppProps {
  readonly session: Session;
}

export function App(props: AppProps): JSX.Element {
  return (
    <SessionProvider value={props.session}>
      <Router root={Frame}>
        <Route path="/sign-in" component={SignIn} />
        <Route path="/sign-up" component={SignUp} />
        <Route path="/" component={SignedIn}>
          <Route path="/" component={() => <Navigate href="/tasks" />} />
          <Route path="/tasks" component={Tasks} />
          <Route path="/lists" component={Lists} />
          <Route path="/lists/:listId" component={Tasks} />
          <Route path="/account" component={Account} />
        </Route>
        <Route path="*" component={NotFound} />
      </Router>
    </SessionProvider>
  );
}
