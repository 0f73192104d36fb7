/** News of the session between the tabs of one browser. No token travels here. */

export interface News {
  readonly kind: "signedIn" | "signedOut";
  readonly sessionId: string;
}

export interface Tabs {
  tell(news: News): void;
  /** Hears what the other tabs tell, never its own. */
  listen(hear: (news: News) => void): void;
}

export function openTabs(): Tabs {
  const channel = new BroadcastChannel("docket.session");
  return {
    tell: (news) => channel.postMessage(news),
    listen: (hear) => channel.addEventListener("message", ({ data }) => isNews(data) && hear(data)),
  };
}

/** A tab that was opened before an update may speak an older language. */
function isNews(data: unknown): data is News {
  if (typeof data !== "object" || data === null || !("kind" in data) || !("sessionId" in data)) return false;
  return (data.kind === "signedIn" || data.kind === "signedOut") && typeof data.sessionId === "string";
}
