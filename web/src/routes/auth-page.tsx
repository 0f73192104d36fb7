/** The frame of the sign-in and sign-up forms. It redirects a user who is signed in already. */
import { Match, Show, Switch } from "solid-js";
import type { JSX } from "solid-js";
import { Navigate, useSearchParams } from "@solidjs/router";
import { useSession } from "../session/browser.ts";
import { Brand } from "../ui/brand.tsx";
import { Heading, useTitle } from "../ui/page.tsx";
import { Waiting } from "./frame.tsx";
import { returnPath } from "./return-path.ts";

interface AuthPageProps {
  readonly title: string;
  readonly lead?: string | undefined;
  readonly children: JSX.Element;
}

export function AuthPage(props: AuthPageProps): JSX.Element {
  const session = useSession();
  const [query] = useSearchParams<{ next: string }>();
  useTitle(() => props.title);
  return (
    <Switch
      fallback={
        <main class="standalone">
          <div class="card">
            <Brand />
            <Heading>{props.title}</Heading>
            <Show when={props.lead}>
              <p class="muted">{props.lead}</p>
            </Show>
            {props.children}
          </div>
        </main>
      }
    >
      <Match when={session.state().kind === "signedIn"}>
        <Navigate href={returnPath(query.next)} />
      </Match>
      <Match when={session.state().kind === "restoring"}>
        <Waiting />
      </Match>
    </Switch>
  );
}

/** The address of the other form, with the path to return to. */
export function useOtherAuthPath(path: "/sign-in" | "/sign-up"): () => string {
  const [query] = useSearchParams<{ next: string }>();
  return () => (query.next ? `${path}?next=${encodeURIComponent(query.next)}` : path);
}
