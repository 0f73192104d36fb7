/** Connects the session to the browser: the only module that uses its clock, randomness and storage. */
import { createContext, createEffect, createRoot, useContext } from "solid-js";
import { createDocketTransport } from "../transport.ts";
import type { Surroundings } from "../transport.ts";
import { newId } from "./new-id.ts";
import { pageStorage } from "./storage.ts";
import { Session } from "./session.ts";
import { openTabs } from "./tabs.ts";

export const surroundings: Surroundings & { now(): number } = {
  now: Date.now,
  timeZone: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  random: Math.random,
};

/** Storage of this tab alone. */
export const tabStorage = pageStorage(() => sessionStorage);

/** Opens the session, and restores what the cookie holds. */
export function openSession(): Session {
  const session = new Session({
    connect: (access) => createDocketTransport(location.origin, access, surroundings),
    tabs: openTabs(),
    storage: pageStorage(() => localStorage),
    // Web Locks need a secure context. Without them two tabs may refresh at once; the server then gives both the same token.
    exclusive: (work) => ("locks" in navigator ? navigator.locks.request("docket.refresh", work) : work()),
    now: surroundings.now,
    newId,
  });
  createRoot(() => createEffect(() => session.state().kind === "signedOut" && tabStorage.erase("newTask")));
  // The session of a page from the back/forward cache may have ended since.
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
