/** The values that the page stores in the browser, for all tabs or for one. No token is ever stored. */

/**
 * In the local storage: `session`, the id of the last open session; `refreshRequest`, the request id of a refresh without
 * an answer. In the tab's storage: `newTask`, what is typed and not added yet.
 */
export type StorageKey = "session" | "refreshRequest" | "newTask";

export interface PageStorage {
  read(key: StorageKey): string | undefined;
  write(key: StorageKey, text: string): void;
  erase(key: StorageKey): void;
}

/** The given storage. Where the browser denies it nothing is stored, and nothing fails: a lost refresh answer signs out. */
export function pageStorage(storage: () => Storage): PageStorage {
  const guarded = <T>(work: (storage: Storage) => T): T | undefined => {
    try {
      return work(storage());
    } catch {
      return undefined;
    }
  };
  return {
    read: (key) => guarded((open) => open.getItem(nameOf(key))) ?? undefined,
    write: (key, text) => void guarded((open) => open.setItem(nameOf(key), text)),
    erase: (key) => void guarded((open) => open.removeItem(nameOf(key))),
  };
}

function nameOf(key: StorageKey): string {
  return `docket.${key}`;
}
