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

/** Milliseconds to wait for the lock of the refresh. Longer than a refresh takes, shorter than a call may. */
const lockTimeout = 5_000;

/**
 * Runs the work while no other tab runs any, if it can. Web Locks need a secure context, and a tab that the system has
 * suspended keeps its lock for as long. Tabs that refresh at once all stay signed in: each gets an access token at least.
 */
async function exclusive<T>(work: () => Promise<T>): Promise<T> {
  if (!("locks" in navigator)) return work();
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), lockTimeout);
  try {
    return await navigator.locks.request("docket.refresh", { signal: waiting.signal }, () => {
      clearTimeout(timer);
      return work();
    });
  } catch (error) {
    // Only a wait is ever aborted: the work has not begun.
    if (waiting.signal.aborted) return work();
    throw error;
  }
}

/** Opens the session, and restores what the cookie holds. */
export function openSession(): Session {
  const session = new Session({
    connect: (access) => createDocketTransport(location.origin, access, surroundings),
    tabs: openTabs(),
    storage: pageStorage(() => localStorage),
    exclusive,
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
