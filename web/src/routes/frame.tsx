/** The boundary around every view: a placeholder while it loads, and an error page where that fails. */
import { ErrorBoundary, Suspense } from "solid-js";
import type { JSX } from "solid-js";
import type { RouteSectionProps } from "@solidjs/router";
import { Failed, Skeleton } from "../ui/states.tsx";

export function Frame(props: RouteSectionProps): JSX.Element {
  return (
    <ErrorBoundary fallback={(error: unknown) => <Broken error={error} />}>
      <Suspense fallback={<Waiting />}>{props.children}</Suspense>
    </ErrorBoundary>
  );
}

/** The placeholder while a view or the session loads. */
export function Waiting(): JSX.Element {
  return (
    <main class="standalone">
      <div class="card">
        <Skeleton label="Loading" />
      </div>
    </main>
  );
}

/** Most often the page is older than its server, and a part of it no longer exists there. */
function Broken(props: { readonly error: unknown }): JSX.Element {
  console.error(props.error);
  return (
    <main class="standalone">
      <Failed
        title="This page stopped working"
        message="What you saved is safe. Loading the page again should help."
        action="Reload"
        onAction={() => location.reload()}
      />
    </main>
  );
}
