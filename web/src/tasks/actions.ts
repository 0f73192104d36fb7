/**
 * What the reader does to tasks. It shows at once, is taken back where the server refuses it, and can be undone.
 */
import type { Client } from "@connectrpc/connect";
import { create } from "@bufbuild/protobuf";
import { failureOf, isPassing, reasonOf } from "../errors.ts";
import { Task_State, TaskSchema } from "../gen/docket/task/v1/task_pb.ts";
import type { Task } from "../gen/docket/task/v1/task_pb.ts";
import type { TaskService } from "../gen/docket/task/v1/task_service_pb.ts";
import type { Toasts } from "../ui/toasts.ts";
import type { TaskCache } from "./cache.ts";
import { messageOf } from "./draft.ts";
import type { Draft, Values } from "./draft.ts";
import { dueOf } from "./due.ts";
import { Intention } from "./intention.ts";
import type { TaskPages } from "./pages.ts";
import { rowId } from "./row-id.ts";

export interface ActionsParts {
  readonly client: Client<typeof TaskService>;
  readonly cache: TaskCache;
  readonly toasts: Toasts;
  /** Every list of tasks that is kept, so that a task comes and goes in all of them. */
  pages(): Iterable<TaskPages>;
  newId(): string;
  /** The reader's IANA zone. */
  timeZone(): string;
}

/** A write that shows before it is done. */
interface Write {
  readonly id: string;
  readonly requestId: string;
  show(): void;
  takeBack(): void;
  send(requestId: string): Promise<Task | undefined>;
  /** The reader has asked for the opposite: to hear that this failed, and could be tried again, would mislead. */
  undone?: boolean;
}

/** `conflict`: the task has changed elsewhere in a field that the reader has changed too. Nothing was saved. */
export type Saved = "saved" | "conflict";

export class TaskActions {
  readonly #parts: ActionsParts;
  readonly #adding: Intention;
  /** The last write of each task; the next waits for it. */
  readonly #writing = new Map<string, Promise<unknown>>();

  constructor(parts: ActionsParts) {
    this.#parts = parts;
    this.#adding = new Intention(parts.newId);
  }

  /** @throws what the server refused, with the fields at fault. */
  async add(values: Values, taskListId: string): Promise<Task> {
    const { client, cache, timeZone } = this.#parts;
    const { title, description, priority } = values;
    const due = dueOf(values.due, timeZone());
    const task = create(TaskSchema, { title, description, priority, taskListId, ...(due && { due }) });
    const requestId = this.#adding.idFor(JSON.stringify([values, taskListId]));
    const answer = await client.createTask({ task, requestId });
    this.#adding.done();
    const added = present(answer.task);
    cache.put(added);
    for (const pages of this.#parts.pages()) pages.add(added);
    return added;
  }

  /** Fetches a task that no list has brought. @throws what the server refused. */
  async open(id: string): Promise<Task> {
    const { task } = await this.#parts.client.getTask({ id });
    const opened = present(task);
    this.#parts.cache.put(opened);
    return opened;
  }

  /** Saves what was typed. @throws what the server refused, with the fields at fault. */
  async save(id: string, draft: Draft, intention: Intention): Promise<Saved> {
    // A newer version that differs only where the reader typed nothing is no reason to stop: once, or it may go on.
    for (let again = true; ; again = false) {
      const task = present(this.#parts.cache.get(id));
      if (draft.conflicts(task).length > 0) return "conflict";
      try {
        await this.#inOrder(id, () => this.#update(id, draft, intention));
        return "saved";
      } catch (error) {
        if (reasonOf(error) !== "ETAG_MISMATCH") throw error;
        const newer = await this.open(id);
        if (draft.conflicts(newer).length > 0) return "conflict";
        if (!again) throw error;
      }
    }
  }

  /** @returns whether it is done. */
  complete(id: string): Promise<boolean> {
    const { client, cache } = this.#parts;
    const write = this.#turning(id, Task_State.COMPLETED, async (requestId) => {
      return (await client.completeTask({ id, requestId })).task;
    });
    this.#offerUndo(`Completed “${cache.get(id)?.title ?? ""}”`, write, () => this.reopen(id));
    return this.#write(write);
  }

  /** @returns whether it is done. */
  reopen(id: string): Promise<boolean> {
    const { client } = this.#parts;
    return this.#write(
      this.#turning(id, Task_State.OPEN, async (requestId) => (await client.reopenTask({ id, requestId })).task),
    );
  }

  /** @returns whether it is done. */
  remove(id: string): Promise<boolean> {
    const { client, cache } = this.#parts;
    const places: (readonly [TaskPages, number])[] = [];
    const removal: Write = {
      id,
      requestId: this.#parts.newId(),
      show: () => {
        for (const pages of this.#parts.pages()) {
          const index = pages.remove(id);
          if (index !== undefined) places.push([pages, index]);
        }
      },
      takeBack: () => places.splice(0).forEach(([pages, index]) => pages.putBack(id, index)),
      send: async (requestId) => (await client.deleteTask({ id, requestId })).task,
    };
    const removing = this.#write(removal);
    this.#offerUndo(`Deleted “${cache.get(id)?.title ?? ""}”`, removal, () => this.#restore(removal, removing));
    return removing;
  }

  /** The ids of the tasks with a write under way. */
  writing(): Iterable<string> {
    return this.#writing.keys();
  }

  #restore(removal: Write, removing: Promise<boolean>): Promise<boolean> {
    const { client, newId } = this.#parts;
    const { id } = removal;
    let removed = false;
    return this.#write({
      id,
      requestId: newId(),
      show: removal.takeBack,
      takeBack: () => {
        if (removed) removal.show();
      },
      // Also where the removal failed: its answer may have been lost, and the task be in the trash.
      send: async (requestId) => {
        removed = await removing;
        try {
          return (await client.undeleteTask({ id, requestId })).task;
        } catch (error) {
          if (reasonOf(error) === "NOT_DELETED") return undefined;
          throw error;
        }
      },
    });
  }

  #offerUndo(text: string, write: Write, undo: () => Promise<boolean>): void {
    const run = (): void => {
      write.undone = true;
      void undo();
    };
    this.#parts.toasts.show({ text, action: { label: "Undo", run, focus: rowId(write.id) } });
  }

  #turning(id: string, state: Task_State, send: Write["send"]): Write {
    const { cache, newId } = this.#parts;
    const added: TaskPages[] = [];
    return {
      id,
      requestId: newId(),
      show: () => {
        const turned = cache.showAhead(id, state);
        if (!turned) return;
        for (const pages of this.#parts.pages()) if (pages.add(turned)) added.push(pages);
      },
      takeBack: () => {
        cache.takeBack(id);
        added.splice(0).forEach((pages) => pages.remove(id));
      },
      send,
    };
  }

  /** @returns whether it succeeded. */
  #write(write: Write): Promise<boolean> {
    write.show();
    return this.#inOrder(write.id, () => this.#carryOut(write));
  }

  async #carryOut(write: Write): Promise<boolean> {
    const { cache, toasts } = this.#parts;
    // The end of the write before this one has shown the server's state.
    if (!write.undone) write.show();
    try {
      const task = await write.send(write.requestId);
      if (task) cache.put(task);
      return true;
    } catch (error) {
      const { reason, message } = failureOf(error);
      if (reason === "NOT_FOUND") this.#forget(write.id);
      else write.takeBack();
      const run = (): void => void this.#write(write);
      const again = { label: "Try again", run } as const;
      if (!write.undone) toasts.show(isPassing(reason) ? { text: message, action: again } : { text: message });
      return false;
    }
  }

  async #update(id: string, draft: Draft, intention: Intention): Promise<void> {
    const { client, cache, timeZone } = this.#parts;
    const task = present(cache.get(id));
    const sent = draft.values(task);
    const paths = draft.fields();
    const requestId = intention.idFor(JSON.stringify([paths, sent, task.etag]));
    const request = { task: messageOf(sent, task, timeZone()), updateMask: { paths }, requestId };
    const saved = present((await client.updateTask(request)).task);
    intention.done();
    cache.put(saved);
    draft.settle(sent, saved);
  }

  /** One write of a task after the other: undoing must not overtake what it undoes. */
  #inOrder<T>(id: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#writing.get(id) ?? Promise.resolve()).then(work, work);
    this.#writing.set(id, turn);
    const leave = (): void => {
      if (this.#writing.get(id) === turn) this.#writing.delete(id);
    };
    turn.then(leave, leave);
    return turn;
  }

  #forget(id: string): void {
    for (const pages of this.#parts.pages()) pages.remove(id);
    this.#parts.cache.forget(id);
  }
}

function present(task: Task | undefined): Task {
  if (!task) throw new Error("the server gave no task");
  return task;
}
