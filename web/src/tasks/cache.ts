/** Every task that this session has seen, in its newest known version, each watched on its own. */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { createSignal } from "solid-js";
import type { Signal } from "solid-js";
import type { Task, Task_State } from "../gen/docket/task/v1/task_pb.ts";

export class TaskCache {
  readonly #shown = new Map<string, Signal<Task | undefined>>();
  /** As the server gave them last: what is shown ahead of its answer falls back to this. */
  readonly #given = new Map<string, Task>();

  /** Undefined until the task is seen, and again once it is gone. */
  get(id: string): Task | undefined {
    return this.#signal(id)[0]();
  }

  /** Takes a version that the server gave. Answers overtake each other: an older one changes nothing. */
  put(task: Task): void {
    const given = this.#given.get(task.id);
    if (given && updatedAt(task) < updatedAt(given)) return;
    this.#given.set(task.id, task);
    this.#show(task);
  }

  /** Shows a state that the server has still to confirm. @returns what is shown, if the task is known. */
  showAhead(id: string, state: Task_State): Task | undefined {
    const task = this.get(id);
    return task && this.#show({ ...task, state });
  }

  /** Shows again what the server gave. */
  takeBack(id: string): void {
    const given = this.#given.get(id);
    if (given) this.#show(given);
  }

  forget(id: string): void {
    this.#given.delete(id);
    this.#signal(id)[1](undefined);
  }

  #show(task: Task): Task {
    this.#signal(task.id)[1](() => task);
    return task;
  }

  #signal(id: string): Signal<Task | undefined> {
    let signal = this.#shown.get(id);
    if (!signal) {
      signal = createSignal<Task | undefined>(undefined);
      this.#shown.set(id, signal);
    }
    return signal;
  }
}

function updatedAt({ updateTime }: Task): number {
  return updateTime ? timestampMs(updateTime) : 0;
}
