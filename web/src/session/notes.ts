/**
 * What the page must remember over a reload, for the browser or for one tab. Nothing here is a secret: no token ever
 * comes here.
 */

/**
 * Of the browser, `session`: the id of the session that was last open; `refreshRequest`: the request id of an unanswered
 * refresh. Of the tab, `newTask`: what is typed and not added yet.
 */
export type Note = "session" | "refreshRequest" | "newTask";

export interface Notes {
  read(note: Note): string | undefined;
  write(note: Note, text: string): void;
  erase(note: Note): void;
}

/** Notes in the given storage. A browser that forbids storage forgets them: then a lost answer signs out, no worse. */
export function notesIn(storage: () => Storage): Notes {
  const guarded = <T>(work: (storage: Storage) => T): T | undefined => {
    try {
      return work(storage());
    } catch {
      return undefined;
    }
  };
  return {
    read: (note) => guarded((open) => open.getItem(keyOf(note))) ?? undefined,
    write: (note, text) => void guarded((open) => open.setItem(keyOf(note), text)),
    erase: (note) => void guarded((open) => open.removeItem(keyOf(note))),
  };
}

function keyOf(note: Note): string {
  return `docket.${note}`;
}
