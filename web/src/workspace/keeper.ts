/** Keeps the workspace, and with it the drafts, while the session is restored. */
import type { Workspace } from "./workspace.ts";

export class WorkspaceKeeper {
  #kept: { readonly sessionId: string; readonly workspace: Workspace } | undefined;

  /** The workspace of the session, opened if need be. That of another session is dropped: its account may be another. */
  of(sessionId: string, open: () => Workspace): Workspace {
    if (this.#kept?.sessionId !== sessionId) this.#kept = { sessionId, workspace: open() };
    return this.#kept.workspace;
  }

  drop(): void {
    this.#kept = undefined;
  }
}
