/** Around every view: what stands there while it loads, and where one fails to. */
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

/** A page that isn't known yet. */
export function Waiting(): JSX.Element {
  return (
    <main class="gate">
      <div class="card">
        <Skeleton label="Loading" />
      </div>
    </main>
  );
}

/** A part of the page that can't be loaded is most often a page older than its server. */
function Broken(props: { readonly error: unknown }): JSX.Element {
  console.error(props.error);
  return (
    <main class="gate">
      <Failed
        title="This page stopped working"
        message="What you saved is safe. Loading the page again should help."
        action="Reload"
        onAction={() => location.reload()}
      />
    </main>
  );
}
