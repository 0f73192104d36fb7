/**
 * Optimistic writes: changes of tasks that the page shows before the server has answered.
 *
 * Each is a plain value without functions, so it can be stored, and sent later or by another page.
 */
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Reason } from "../errors.ts";
import { Task_State } from "../gen/docket/task/v1/task_pb.ts";
import type { Task } from "../gen/docket/task/v1/task_pb.ts";

/** A method of TaskService that writes one task by its id. */
export type WriteMethod = "completeTask" | "reopenTask" | "deleteTask" | "undeleteTask";

/** The fields that a write changes in the shown task. */
export interface Patch {
  readonly state?: Task_State;
  /** Milliseconds since 1970, by the browser's clock; null where the task is restored from the trash. */
  readonly deletedAt?: number | null;
}

export interface PendingWrite {
  readonly taskId: string;
  /** The server does a write once for each request id, however often it is sent. */
  readonly requestId: string;
  readonly method: WriteMethod;
  readonly patch: Patch;
  /** The method that undoes it. */
  readonly undo: WriteMethod;
}

interface WriteKind {
  patch(now: number): Patch;
  readonly undo: WriteMethod;
  /** The reason of a refusal because the task is in the wanted state already. */
  readonly alreadyDone?: Reason;
}

const kinds: Record<WriteMethod, WriteKind> = {
  completeTask: { patch: () => ({ state: Task_State.COMPLETED }), undo: "reopenTask" },
  reopenTask: { patch: () => ({ state: Task_State.OPEN }), undo: "completeTask" },
  deleteTask: { patch: (now) => ({ deletedAt: now }), undo: "undeleteTask" },
  undeleteTask: { patch: () => ({ deletedAt: null }), undo: "deleteTask", alreadyDone: "NOT_DELETED" },
};

/** Distinguishes a write from others with the same method and task. */
export interface WriteStamp {
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export function writeOf(method: WriteMethod, taskId: string, { requestId, now }: WriteStamp): PendingWrite {
  const { patch, undo } = kinds[method];
  return { taskId, requestId, method, patch: patch(now), undo };
}

export function undoOf(write: PendingWrite, stamp: WriteStamp): PendingWrite {
  return writeOf(write.undo, write.taskId, stamp);
}

/** Whether the server refused the write because the task is in the wanted state already. */
export function isAlreadyDone(write: PendingWrite, refused: Reason): boolean {
  return kinds[write.method].alreadyDone === refused;
}

/** The task with these writes applied, in order. */
export function patched(task: Task, writes: readonly PendingWrite[]): Task {
  return writes.reduce((shown, { patch }) => withPatch(shown, patch), task);
}

/**
 * Whether a later write makes this one irrelevant: it sets the same fields, or deletes the task.
 *
 * @param writes The pending writes of the task, in order, this one among them.
 */
export function isSuperseded(write: PendingWrite, writes: readonly PendingWrite[]): boolean {
  const later = writes.slice(writes.findIndex(({ requestId }) => requestId === write.requestId) + 1);
  const fields = Object.keys(write.patch);
  return later.some(({ patch }) => typeof patch.deletedAt === "number" || fields.every((field) => field in patch));
}

function withPatch(task: Task, { state, deletedAt }: Patch): Task {
  const shown = { ...task };
  if (state !== undefined) shown.state = state;
  if (deletedAt === null) delete shown.deleteTime;
  else if (deletedAt !== undefined) shown.deleteTime = timestampFromMs(deletedAt);
  return shown;
}
