/** Every task that this session has seen, in its newest known version, each watched on its own. */
import { createSignal } from "solid-js";
import type { Signal } from "solid-js";
import type { Task } from "../gen/docket/task/v1/task_pb.ts";

export class TaskCache {
  readonly #tasks = new Map<string, Signal<Task | undefined>>();

  /** Undefined until the task is seen, and again once it is gone. */
  get(id: string): Task | undefined {
    return this.#signal(id)[0]();
  }

  put(task: Task): void {
    this.#signal(task.id)[1](() => task);
  }

  forget(id: string): void {
    this.#signal(id)[1](undefined);
  }

  #signal(id: string): Signal<Task | undefined> {
    let signal = this.#tasks.get(id);
    if (!signal) {
      signal = createSignal<Task | undefined>(undefined);
      this.#tasks.set(id, signal);
    }
    return signal;
  }
}
