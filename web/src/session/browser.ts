/** The session with everything that a browser gives it: the only place that touches its clock, chance and storage. */
import { createContext, createEffect, createRoot, useContext } from "solid-js";
import { createDocketTransport } from "../transport.ts";
import type { Surroundings } from "../transport.ts";
import { newId } from "./new-id.ts";
import { notesIn } from "./notes.ts";
import { Session } from "./session.ts";
import { openTabs } from "./tabs.ts";

export const surroundings: Surroundings & { now(): number } = {
  now: Date.now,
  timeZone: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  random: Math.random,
};

/** What is kept for this tab alone. */
export const tabNotes = notesIn(() => sessionStorage);

/** Opens the session and takes up what the cookie holds. */
export function openSession(): Session {
  const session = new Session({
    connect: (access) => createDocketTransport(location.origin, access, surroundings),
    tabs: openTabs(),
    notes: notesIn(() => localStorage),
    // Over plain http there are no locks. The server gives two tabs that renew at once the same token all the same.
    alone: (work) => ("locks" in navigator ? navigator.locks.request("docket.refresh", work) : work()),
    now: surroundings.now,
    newId,
  });
  createRoot(() => createEffect(() => session.state().kind === "signedOut" && tabNotes.erase("newTask")));
  // A page that the browser kept while the reader was elsewhere may show a session that has ended since.
  addEventListener("pageshow", (event) => {
    if (event.persisted) void session.restore();
  });
  addEventListener("online", () => {
    if (session.state().kind === "unreachable") void session.restore();
  });
  void session.restore();
  return session;
}

const SessionContext = createContext<Session>();

export const SessionProvider = SessionContext.Provider;

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("no session around this component");
  return session;
}
