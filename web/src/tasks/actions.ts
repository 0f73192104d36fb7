/** The actions of the user on tasks, with the toasts that report them. */
import type { Client } from "@connectrpc/connect";
import { create } from "@bufbuild/protobuf";
import { isTransient, reasonOf } from "../errors.ts";
import { TaskSchema } from "../gen/docket/task/v1/task_pb.ts";
import type { Task } from "../gen/docket/task/v1/task_pb.ts";
import type { TaskService } from "../gen/docket/task/v1/task_service_pb.ts";
import type { Toasts } from "../ui/toasts.ts";
import type { TaskCache } from "./cache.ts";
import { messageOf } from "./draft.ts";
import type { Draft, Values } from "./draft.ts";
import { dueOf } from "./due.ts";
import { IdempotencyKey } from "./idempotency-key.ts";
import { rowId } from "./row-id.ts";
import { WriteQueue } from "./write-queue.ts";
import type { FailedWrite } from "./write-queue.ts";
import { undoOf, writeOf } from "./writes.ts";
import type { PendingWrite, WriteMethod, WriteStamp } from "./writes.ts";

export interface ActionsParts {
  readonly client: Client<typeof TaskService>;
  readonly cache: TaskCache;
  readonly toasts: Toasts;
  /** Adds a task to the lists that it belongs to after a confirmed write. */
  admit(taskId: string): void;
  newId(): string;
  /** The user's IANA zone. */
  timeZone(): string;
  /** Milliseconds since 1970. */
  now(): number;
}

/** `conflict`: a field that the user edited has changed elsewhere as well. Nothing was saved. */
export type Saved = "saved" | "conflict";

export class TaskActions {
  readonly #parts: ActionsParts;
  readonly #adding: IdempotencyKey;
  readonly #queue: WriteQueue;

  constructor(parts: ActionsParts) {
    this.#parts = parts;
    this.#adding = new IdempotencyKey(parts.newId);
    this.#queue = new WriteQueue(parts);
  }

  /** @throws what the server refused, with the fields at fault. */
  async add(values: Values, taskListId: string): Promise<Task> {
    const { client, cache, timeZone } = this.#parts;
    const { title, description, priority } = values;
    const due = dueOf(values.due, timeZone());
    const task = create(TaskSchema, { title, description, priority, taskListId, ...(due && { due }) });
    const requestId = this.#adding.of(JSON.stringify([values, taskListId]));
    const answer = await client.createTask({ task, requestId });
    this.#adding.reset();
    const added = present(answer.task);
    cache.put(added);
    this.#parts.admit(added.id);
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
  async save(id: string, draft: Draft, idempotencyKey: IdempotencyKey): Promise<Saved> {
    // A newer version that differs only in fields that the user did not edit is retried, but only once.
    for (let retry = true; ; retry = false) {
      const task = present(this.#parts.cache.serverVersion(id));
      if (draft.conflicts(task).length > 0) return "conflict";
      try {
        await this.#queue.inTurn(id, () => this.#update(id, draft, idempotencyKey));
        return "saved";
      } catch (error) {
        if (reasonOf(error) !== "ETAG_MISMATCH") throw error;
        const newer = await this.open(id);
        if (draft.conflicts(newer).length > 0) return "conflict";
        if (!retry) throw error;
      }
    }
  }

  /** @returns whether it is done. */
  complete(id: string): Promise<boolean> {
    return this.#writeWithUndo("completeTask", id, "Completed");
  }

  /** @returns whether it is done. */
  reopen(id: string): Promise<boolean> {
    return this.#send(writeOf("reopenTask", id, this.#stamp()));
  }

  /** @returns whether it is done. */
  remove(id: string): Promise<boolean> {
    return this.#writeWithUndo("deleteTask", id, "Deleted");
  }

  #writeWithUndo(method: WriteMethod, id: string, done: string): Promise<boolean> {
    const { cache, toasts } = this.#parts;
    const write = writeOf(method, id, this.#stamp());
    const undo = (): void => void this.#send(undoOf(write, this.#stamp()));
    const text = `${done} “${cache.get(id)?.title ?? ""}”`;
    toasts.show({ text, action: { label: "Undo", run: undo, focus: rowId(id) } });
    return this.#send(write);
  }

  async #send(write: PendingWrite): Promise<boolean> {
    const failed = await this.#queue.send(write);
    if (failed) this.#report(write, failed);
    return !failed;
  }

  /** Not where a later write supersedes the failed one: to offer that again would be misleading. */
  #report(write: PendingWrite, { failure: { reason, message: text }, superseded }: FailedWrite): void {
    if (superseded) return;
    const again = { label: "Try again", run: () => void this.#send(write) } as const;
    this.#parts.toasts.show(isTransient(reason) ? { text, action: again } : { text });
  }

  async #update(id: string, draft: Draft, idempotencyKey: IdempotencyKey): Promise<void> {
    const { client, cache, timeZone } = this.#parts;
    const task = present(cache.serverVersion(id));
    const sent = draft.values(task);
    const paths = draft.fields();
    const requestId = idempotencyKey.of(JSON.stringify([paths, sent, task.etag]));
    const request = { task: messageOf(sent, task, timeZone()), updateMask: { paths }, requestId };
    const saved = present((await client.updateTask(request)).task);
    idempotencyKey.reset();
    cache.put(saved);
    draft.settle(sent, saved);
  }

  #stamp(): WriteStamp {
    return { requestId: this.#parts.newId(), now: this.#parts.now() };
  }
}

function present(task: Task | undefined): Task {
  if (!task) throw new Error("the server gave no task");
  return task;
}
