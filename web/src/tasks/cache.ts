/**
 * Every task that this session has seen: the newest version from the server, and the writes without an answer. The page
 * shows the version with the writes applied.
 */
import { batch, createSignal } from "solid-js";
import type { Accessor, Signal } from "solid-js";
import type { Task } from "../gen/docket/task/v1/task_pb.ts";
import { patched } from "./writes.ts";
import type { PendingWrite } from "./writes.ts";

export class TaskCache {
  /** The writes that the server has not answered yet, oldest first. */
  readonly pending: Accessor<readonly PendingWrite[]>;
  readonly #setPending: (writes: readonly PendingWrite[]) => void;
  readonly #versions = new Map<string, Signal<Task | undefined>>();

  constructor() {
    [this.pending, this.#setPending] = createSignal<readonly PendingWrite[]>([]);
  }

  /** The task as it is shown. Undefined before it is fetched, and after the server reported it missing. */
  get(id: string): Task | undefined {
    const version = this.serverVersion(id);
    return version && patched(version, this.pendingOf(id));
  }

  /** The newest version from the server, without pending writes. */
  serverVersion(id: string): Task | undefined {
    return this.#signal(id)[0]();
  }

  pendingOf(taskId: string): readonly PendingWrite[] {
    return this.pending().filter((write) => write.taskId === taskId);
  }

  /** Stores a version from the server. Answers may arrive out of order: an older one is ignored. */
  put(task: Task): void {
    const [version, setVersion] = this.#signal(task.id);
    const known = version();
    if (!known || !isOlder(task, known)) setVersion(() => task);
  }

  /** Shows a write before the server confirms it. */
  applyOptimistic(write: PendingWrite): void {
    this.#setPending([...this.pending(), write]);
  }

  /** Replaces a write by its answer. @param answer The task after it; absent where the write changed nothing. */
  confirm(write: PendingWrite, answer: Task | undefined): void {
    batch(() => {
      this.revert(write);
      if (answer) this.put(answer);
    });
  }

  /** Takes a write out of what is shown. */
  revert({ requestId }: PendingWrite): void {
    this.#setPending(this.pending().filter((write) => write.requestId !== requestId));
  }

  /** Removes a task that the server no longer has. */
  forget(id: string): void {
    this.#signal(id)[1](undefined);
  }

  #signal(id: string): Signal<Task | undefined> {
    let signal = this.#versions.get(id);
    if (!signal) {
      signal = createSignal<Task | undefined>(undefined);
      this.#versions.set(id, signal);
    }
    return signal;
  }
}

/** By the update time, which the server keeps to the microsecond. */
function isOlder({ updateTime: one }: Task, { updateTime: other }: Task): boolean {
  if (!one || !other) return other !== undefined;
  return one.seconds === other.seconds ? one.nanos < other.nanos : one.seconds < other.seconds;
}
