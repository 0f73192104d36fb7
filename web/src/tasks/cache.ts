/**
 * Every task that this session has seen: the newest version that the server gave, and the writes that it has not
 * answered yet. What is shown is the one with the others applied.
 */
import { batch, createSignal } from "solid-js";
import type { Accessor, Signal } from "solid-js";
import type { Task } from "../gen/docket/task/v1/task_pb.ts";
import { patched } from "./writes.ts";
import type { PendingWrite } from "./writes.ts";

export class TaskCache {
  /** The writes that the server has not answered yet, in the order in which the reader made them. */
  readonly pending: Accessor<readonly PendingWrite[]>;
  readonly #setPending: (writes: readonly PendingWrite[]) => void;
  readonly #versions = new Map<string, Signal<Task | undefined>>();

  constructor() {
    [this.pending, this.#setPending] = createSignal<readonly PendingWrite[]>([]);
  }

  /** The task as it is shown. Undefined until the task is seen, and again once it is gone. */
  get(id: string): Task | undefined {
    const version = this.serverVersion(id);
    return version && patched(version, this.pendingOf(id));
  }

  /** The newest version that the server gave. */
  serverVersion(id: string): Task | undefined {
    return this.#signal(id)[0]();
  }

  pendingOf(taskId: string): readonly PendingWrite[] {
    return this.pending().filter((write) => write.taskId === taskId);
  }

  /** Takes a version that the server gave. Answers overtake each other: an older one changes nothing. */
  put(task: Task): void {
    const [version, setVersion] = this.#signal(task.id);
    const known = version();
    if (!known || !isOlder(task, known)) setVersion(() => task);
  }

  /** Shows a write that the server has still to confirm. */
  applyOptimistic(write: PendingWrite): void {
    this.#setPending([...this.pending(), write]);
  }

  /** The server has done the write. @param answer The task after it; absent where there was nothing left to do. */
  confirm(write: PendingWrite, answer: Task | undefined): void {
    batch(() => {
      this.revert(write);
      if (answer) this.put(answer);
    });
  }

  /** Shows a write no longer. */
  revert({ requestId }: PendingWrite): void {
    this.#setPending(this.pending().filter((write) => write.requestId !== requestId));
  }

  /** The server no longer has the task. */
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
