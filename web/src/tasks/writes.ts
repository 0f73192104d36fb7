/**
 * Writes of tasks that the page shows before the server has answered.
 *
 * Each is a plain value without functions: it can be stored, and sent later, by this page or another.
 */
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Reason } from "../errors.ts";
import { Task_State } from "../gen/docket/task/v1/task_pb.ts";
import type { Task } from "../gen/docket/task/v1/task_pb.ts";

/** The method of TaskService that does it. */
export type WriteMethod = "completeTask" | "reopenTask" | "deleteTask" | "undeleteTask";

/** The fields that a write changes in the shown task. */
export interface Patch {
  readonly state?: Task_State;
  /** Milliseconds since 1970, by the reader's clock; null: taken out of the trash. */
  readonly deletedAt?: number | null;
}

export interface PendingWrite {
  readonly taskId: string;
  /** The server does what has the same request id once, however often it is sent. */
  readonly requestId: string;
  readonly method: WriteMethod;
  readonly patch: Patch;
  /** The method that undoes it. */
  readonly undo: WriteMethod;
}

interface WriteKind {
  patch(now: number): Patch;
  readonly undo: WriteMethod;
  /** The refusal that says that the task is already as it should become. */
  readonly alreadyDone?: Reason;
}

const kinds: Record<WriteMethod, WriteKind> = {
  completeTask: { patch: () => ({ state: Task_State.COMPLETED }), undo: "reopenTask" },
  reopenTask: { patch: () => ({ state: Task_State.OPEN }), undo: "completeTask" },
  deleteTask: { patch: (now) => ({ deletedAt: now }), undo: "undeleteTask" },
  undeleteTask: { patch: () => ({ deletedAt: null }), undo: "deleteTask", alreadyDone: "NOT_DELETED" },
};

/** What makes one write differ from another with the same method and task. */
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

/** Whether the write was refused only because there is nothing left for it to do. */
export function isAlreadyDone(write: PendingWrite, refused: Reason): boolean {
  return kinds[write.method].alreadyDone === refused;
}

/** The task as it will be after these writes. */
export function patched(task: Task, writes: readonly PendingWrite[]): Task {
  return writes.reduce((shown, { patch }) => withPatch(shown, patch), task);
}

/**
 * Whether a write after this one makes it pointless: it sets the same fields, or deletes the task.
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
