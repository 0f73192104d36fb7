import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Task_State, TaskSchema } from "../../src/gen/docket/task/v1/task_pb.ts";
import type { Task } from "../../src/gen/docket/task/v1/task_pb.ts";
import { TaskCache } from "../../src/tasks/cache.ts";
import { writeOf } from "../../src/tasks/writes.ts";
import type { PendingWrite, WriteMethod } from "../../src/tasks/writes.ts";

function version(title: string, updated: number, state = Task_State.OPEN): Task {
  return create(TaskSchema, { id: "1", title, state, updateTime: timestampFromMs(updated) });
}

function write(method: WriteMethod, requestId: string): PendingWrite {
  return writeOf(method, "1", { requestId, now: 5 });
}

test("an older version that arrives later changes nothing", () => {
  const cache = new TaskCache();
  cache.put(version("Second", 2));
  cache.put(version("First", 1));
  assert.equal(cache.get("1")?.title, "Second");
  cache.put(version("Third", 3));
  assert.equal(cache.get("1")?.title, "Third");
});

test("versions are told apart to the nanosecond", () => {
  const cache = new TaskCache();
  const at = (title: string, nanos: number) =>
    create(TaskSchema, { id: "1", title, updateTime: { seconds: 7n, nanos } });
  cache.put(at("Second", 2_000));
  cache.put(at("First", 1_000));
  assert.equal(cache.get("1")?.title, "Second");
});

test("a task is shown as the server gave it last, with the pending writes applied in order", () => {
  const cache = new TaskCache();
  cache.put(version("Call", 1));
  cache.applyOptimistic(write("completeTask", "a"));
  cache.applyOptimistic(write("deleteTask", "b"));
  assert.equal(cache.get("1")?.state, Task_State.COMPLETED);
  assert.deepEqual(cache.get("1")?.deleteTime, timestampFromMs(5));
  assert.equal(cache.serverVersion("1")?.state, Task_State.OPEN);
  cache.put(version("Ring", 2));
  assert.equal(cache.get("1")?.title, "Ring");
  assert.equal(cache.get("1")?.state, Task_State.COMPLETED);
});

test("a reverted write leaves the others as they are, in whatever order they fail", () => {
  for (const order of [
    ["a", "b", "c"],
    ["c", "b", "a"],
    ["b", "a", "c"],
  ]) {
    const cache = new TaskCache();
    cache.put(version("Call", 1));
    const writes = { a: write("completeTask", "a"), b: write("deleteTask", "b"), c: write("reopenTask", "c") };
    Object.values(writes).forEach((pending) => cache.applyOptimistic(pending));
    const left = new Set(["a", "b", "c"]);
    for (const id of order) {
      cache.revert(writes[id as keyof typeof writes]);
      left.delete(id);
      const state = left.has("a") && !left.has("c") ? Task_State.COMPLETED : Task_State.OPEN;
      assert.equal(cache.get("1")?.state, state, `after ${id} of ${order.join()}`);
      assert.equal(cache.get("1")?.deleteTime !== undefined, left.has("b"), `after ${id} of ${order.join()}`);
    }
  }
});

test("a confirmed write gives way to the server's version, under those that are still pending", () => {
  const cache = new TaskCache();
  cache.put(version("Call", 1));
  const [first, second] = [write("completeTask", "a"), write("reopenTask", "b")];
  cache.applyOptimistic(first);
  cache.applyOptimistic(second);
  cache.confirm(first, version("Call", 2, Task_State.COMPLETED));
  assert.equal(cache.get("1")?.state, Task_State.OPEN);
  assert.deepEqual(cache.pending(), [second]);
  cache.revert(second);
  assert.equal(cache.get("1")?.state, Task_State.COMPLETED);
});

test("nothing is shown of a task that is gone, or that was never seen", () => {
  const cache = new TaskCache();
  cache.put(version("Call", 1));
  cache.forget("1");
  cache.applyOptimistic(write("completeTask", "a"));
  assert.equal(cache.get("1"), undefined);
  cache.revert(write("completeTask", "a"));
  assert.equal(cache.get("1"), undefined);
});
