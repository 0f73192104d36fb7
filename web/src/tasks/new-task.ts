/**
 * What is typed into "Add a task" and not added yet. It is kept when the view changes, and over a reload of its tab, also
 * after the browser discarded the tab to save memory. It belongs to one session: no other account ever sees it.
 */
import { createSignal } from "solid-js";
import type { Accessor } from "solid-js";
import { Task_Priority } from "../gen/docket/task/v1/task_pb.ts";
import type { PageStorage } from "../session/storage.ts";

export interface NewTask {
  readonly title: string;
  /** "2026-12-24", or empty where it is not due. */
  readonly day: string;
  readonly priority: Task_Priority;
  /** The id of the list that the user chose; empty for the one that they look at. */
  readonly listId: string;
}

const nothing: NewTask = { title: "", day: "", priority: Task_Priority.UNSPECIFIED, listId: "" };

export class NewTaskDraft {
  readonly values: Accessor<NewTask>;
  readonly #set: (values: NewTask) => void;
  readonly #sessionId: string;
  readonly #storage: PageStorage;

  /** @param storage Of the tab. What it holds of another session is erased. */
  constructor(sessionId: string, storage: PageStorage) {
    this.#sessionId = sessionId;
    this.#storage = storage;
    const stored = storedIn(storage, sessionId);
    if (!stored) storage.erase("newTask");
    [this.values, this.#set] = createSignal(stored ?? nothing);
  }

  type(change: Partial<NewTask>): void {
    const values = { ...this.values(), ...change };
    this.#set(values);
    if (isEmpty(values)) this.#storage.erase("newTask");
    else this.#storage.write("newTask", JSON.stringify({ sessionId: this.#sessionId, values }));
  }

  isEmpty(): boolean {
    return isEmpty(this.values());
  }

  /** Drops what has been added, and keeps what was typed since. */
  settle(added: NewTask): void {
    const now = this.values();
    this.type({
      title: now.title === added.title ? nothing.title : now.title,
      day: now.day === added.day ? nothing.day : now.day,
      priority: now.priority === added.priority ? nothing.priority : now.priority,
      listId: now.listId === added.listId ? nothing.listId : now.listId,
    });
  }
}

function isEmpty({ title, day, priority, listId }: NewTask): boolean {
  return title === "" && day === "" && priority === Task_Priority.UNSPECIFIED && listId === "";
}

/** What the storage holds of this session. Another version of the page may have written another form. */
function storedIn(storage: PageStorage, sessionId: string): NewTask | undefined {
  try {
    const stored: unknown = JSON.parse(storage.read("newTask") ?? "null");
    return isStored(stored) && stored.sessionId === sessionId ? stored.values : undefined;
  } catch {
    return undefined;
  }
}

function isStored(stored: unknown): stored is { readonly sessionId: string; readonly values: NewTask } {
  if (typeof stored !== "object" || stored === null || !("sessionId" in stored) || !("values" in stored)) return false;
  const { values } = stored;
  if (typeof values !== "object" || values === null) return false;
  return Object.entries(nothing).every(
    ([field, empty]) => typeof (values as Record<string, unknown>)[field] === typeof empty,
  );
}
