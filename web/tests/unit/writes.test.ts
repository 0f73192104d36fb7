import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Task_State, TaskSchema } from "../../src/gen/docket/task/v1/task_pb.ts";
import { isSuperseded, patched, undoOf, writeOf } from "../../src/tasks/writes.ts";
import type { PendingWrite, WriteMethod } from "../../src/tasks/writes.ts";

const methods: readonly WriteMethod[] = ["completeTask", "reopenTask", "deleteTask", "undeleteTask"];
const task = create(TaskSchema, { id: "1", title: "Call", state: Task_State.OPEN });

function write(method: WriteMethod, requestId: string = method): PendingWrite {
  return writeOf(method, "1", { requestId, now: 5 });
}

test("a pending write comes out of storage as it went in, and shows the same", () => {
  for (const method of methods) {
    const stored = JSON.parse(JSON.stringify(write(method))) as PendingWrite;
    assert.deepEqual(stored, write(method));
    assert.deepEqual(patched(task, [stored]), patched(task, [write(method)]));
  }
});

test("a write and its undo leave the task as it was", () => {
  const trashed = { ...task, deleteTime: timestampFromMs(1) };
  const completed = { ...task, state: Task_State.COMPLETED };
  for (const [before, method] of [
    [task, "completeTask"],
    [task, "deleteTask"],
    [completed, "reopenTask"],
  ] as const) {
    const done = write(method);
    const undone = undoOf(done, { requestId: "undo", now: 6 });
    assert.notDeepEqual(patched(before, [done]), before);
    assert.deepEqual(patched(before, [done, undone]), before);
    assert.equal(undone.taskId, done.taskId);
    assert.notEqual(undone.requestId, done.requestId);
  }
  assert.deepEqual(patched(trashed, [write("undeleteTask")]), task);
});

test("the version that the server gave is never changed", () => {
  const before = structuredClone(task);
  patched(
    task,
    methods.map((method) => write(method)),
  );
  assert.deepEqual(task, before);
});

test("a write is superseded by a later one of the same fields, or by a deletion, and by no earlier one", () => {
  const superseded = (writes: readonly WriteMethod[], index: number): boolean => {
    const pending = writes.map((method, at) => write(method, String(at)));
    const one = pending[index];
    assert.ok(one);
    return isSuperseded(one, pending);
  };
  assert.ok(superseded(["completeTask", "reopenTask"], 0));
  assert.ok(superseded(["completeTask", "deleteTask"], 0));
  assert.ok(superseded(["deleteTask", "undeleteTask"], 0));
  assert.ok(!superseded(["reopenTask", "completeTask"], 1));
  assert.ok(!superseded(["deleteTask", "completeTask"], 0));
  assert.ok(!superseded(["deleteTask", "completeTask"], 1));
});
