/** Sends pending writes: in sequence for one task, concurrently for different tasks. */
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
  /** Adds a task to the lists that it belongs to after a confirmed write. */
  admit(taskId: string): void;
}

export interface FailedWrite {
  readonly failure: Failure;
  /** A later write of the same task made this one irrelevant. */
  readonly superseded: boolean;
}

export class WriteQueue {
  readonly #parts: WriteQueueParts;
  /** The last queued work of each task. */
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(parts: WriteQueueParts) {
    this.#parts = parts;
  }

  /**
   * Shows the write at once, and sends it after the earlier writes of its task: an undo must not overtake its write. A
   * failed write is reverted.
   *
   * @returns the failure, or undefined on success.
   */
  send(write: PendingWrite): Promise<FailedWrite | undefined> {
    this.#parts.cache.applyOptimistic(write);
    return this.inTurn(write.taskId, () => this.#send(write));
  }

  /** Runs the work after everything that is queued for the task. */
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
