/** Sends pending writes: those of one task one after the other, those of different tasks side by side. */
import type { Client } from "@connectrpc/connect";
import { batch } from "solid-js";
import { failureOf, reasonOf } from "../errors.ts";
import type { Failure } from "../errors.ts";
import type { Task } from "../gen/docket/task/v1/task_pb.ts";
import type { TaskService } from "../gen/docket/task/v1/task_service_pb.ts";
import type { TaskCache } from "./cache.ts";
import { isAlreadyDone, isSuperseded } from "./writes.ts";
import type { PendingWrite } from "./writes.ts";

export interface WriteQueueParts {
  readonly client: Client<typeof TaskService>;
  readonly cache: TaskCache;
  /** Takes a task into the lists that it belongs to since a write. */
  admit(taskId: string): void;
}

export interface FailedWrite {
  readonly failure: Failure;
  /** A later write of the reader's makes this one pointless. */
  readonly superseded: boolean;
}

export class WriteQueue {
  readonly #parts: WriteQueueParts;
  /** The last piece of work of each task that is under way or waits. */
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(parts: WriteQueueParts) {
    this.#parts = parts;
  }

  /**
   * Shows the write at once, and sends it after the earlier ones of its task: what undoes a write must not overtake it.
   * A failed write is shown no longer.
   *
   * @returns how it failed, or undefined where it is done.
   */
  send(write: PendingWrite): Promise<FailedWrite | undefined> {
    this.#parts.cache.applyOptimistic(write);
    return this.inTurn(write.taskId, () => this.#send(write));
  }

  /** Does the work after everything that waits for the same task. */
  inTurn<T>(taskId: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(taskId) ?? Promise.resolve()).then(work, work);
    this.#last.set(taskId, turn);
    const leave = (): void => {
      if (this.#last.get(taskId) === turn) this.#last.delete(taskId);
    };
    turn.then(leave, leave);
    return turn;
  }

  async #send(write: PendingWrite): Promise<FailedWrite | undefined> {
    const { cache, admit } = this.#parts;
    let answer: Task | undefined;
    try {
      answer = await this.#call(write);
    } catch (error) {
      return this.#failed(write, failureOf(error));
    }
    batch(() => {
      cache.confirm(write, answer);
      admit(write.taskId);
    });
    return undefined;
  }

  async #call(write: PendingWrite): Promise<Task | undefined> {
    const { taskId: id, requestId, method } = write;
    try {
      return (await this.#parts.client[method]({ id, requestId })).task;
    } catch (error) {
      if (isAlreadyDone(write, reasonOf(error))) return undefined;
      throw error;
    }
  }

  #failed(write: PendingWrite, failure: Failure): FailedWrite {
    const { cache } = this.#parts;
    const superseded = isSuperseded(write, cache.pendingOf(write.taskId));
    batch(() => {
      cache.revert(write);
      if (failure.reason === "NOT_FOUND") cache.forget(write.taskId);
    });
    return { failure, superseded };
  }
}
