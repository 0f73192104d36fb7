/** Messages about the session between the tabs of one browser. They carry no token. */

export interface SessionEvent {
  readonly kind: "signedIn" | "signedOut";
  readonly sessionId: string;
}

export interface Tabs {
  post(event: SessionEvent): void;
  /** Receives what the other tabs post, never its own. */
  listen(handle: (event: SessionEvent) => void): void;
}

export function openTabs(): Tabs {
  const channel = new BroadcastChannel("docket.session");
  return {
    post: (event) => channel.postMessage(event),
    listen: (handle) => channel.addEventListener("message", ({ data }) => isSessionEvent(data) && handle(data)),
  };
}

/** A tab with another version of the page may post another form. */
function isSessionEvent(data: unknown): data is SessionEvent {
  if (typeof data !== "object" || data === null || !("kind" in data) || !("sessionId" in data)) return false;
  return (data.kind === "signedIn" || data.kind === "signedOut") && typeof data.sessionId === "string";
}
