/**
 * What is typed into "Add a task" and not added yet. It outlives the view, and in its tab a reload of the page, also one
 * by a browser that has dropped the page to save memory. It is of one session: nobody else ever sees it.
 */
import { createSignal } from "solid-js";
import type { Accessor } from "solid-js";
import { Task_Priority } from "../gen/docket/task/v1/task_pb.ts";
import type { Notes } from "../session/notes.ts";

export interface NewTask {
  readonly title: string;
  /** "2026-12-24", or empty where it is not due. */
  readonly day: string;
  readonly priority: Task_Priority;
  /** The id of the list that the reader chose; empty for the one that they look at. */
  readonly listId: string;
}

const nothing: NewTask = { title: "", day: "", priority: Task_Priority.UNSPECIFIED, listId: "" };

export class NewTaskDraft {
  readonly values: Accessor<NewTask>;
  readonly #set: (values: NewTask) => void;
  readonly #sessionId: string;
  readonly #notes: Notes;

  /** @param notes Those of the tab. What they hold of another session is erased. */
  constructor(sessionId: string, notes: Notes) {
    this.#sessionId = sessionId;
    this.#notes = notes;
    const kept = keptIn(notes, sessionId);
    if (!kept) notes.erase("newTask");
    [this.values, this.#set] = createSignal(kept ?? nothing);
  }

  type(change: Partial<NewTask>): void {
    const values = { ...this.values(), ...change };
    this.#set(values);
    if (isEmpty(values)) this.#notes.erase("newTask");
    else this.#notes.write("newTask", JSON.stringify({ sessionId: this.#sessionId, values }));
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

/** What the notes hold of this session. Another version of the page may have written them in another form. */
function keptIn(notes: Notes, sessionId: string): NewTask | undefined {
  try {
    const kept: unknown = JSON.parse(notes.read("newTask") ?? "null");
    return isKept(kept) && kept.sessionId === sessionId ? kept.values : undefined;
  } catch {
    return undefined;
  }
}

function isKept(kept: unknown): kept is { readonly sessionId: string; readonly values: NewTask } {
  if (typeof kept !== "object" || kept === null || !("sessionId" in kept) || !("values" in kept)) return false;
  const { values } = kept;
  if (typeof values !== "object" || values === null) return false;
  return Object.entries(nothing).every(
    ([field, empty]) => typeof (values as Record<string, unknown>)[field] === typeof empty,
  );
}
