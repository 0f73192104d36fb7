/** The page for an unknown address. */
import type { JSX } from "solid-js";
import { A } from "@solidjs/router";
import { Brand } from "../ui/brand.tsx";
import { Heading, useTitle } from "../ui/page.tsx";

export default function NotFound(): JSX.Element {
  useTitle(() => "Not found");
  return (
    <main class="standalone">
      <div class="card">
        <Brand />
        <Heading>Nothing here</Heading>
        <p class="muted">This address leads nowhere.</p>
        <p class="or">
          <A href="/tasks">All tasks</A>
        </p>
      </div>
    </main>
  );
}
