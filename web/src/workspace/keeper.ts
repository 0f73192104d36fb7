/** Keeps the workspace of one session while that session is taken up again: what was typed and not saved is in it. */
import type { Workspace } from "./workspace.ts";

export class WorkspaceKeeper {
  #kept: { readonly sessionId: string; readonly workspace: Workspace } | undefined;

  /** The session's workspace, opened where it is not kept. Nothing stays of another session: it may be of another account. */
  of(sessionId: string, open: () => Workspace): Workspace {
    if (this.#kept?.sessionId !== sessionId) this.#kept = { sessionId, workspace: open() };
    return this.#kept.workspace;
  }

  drop(): void {
    this.#kept = undefined;
  }
}
