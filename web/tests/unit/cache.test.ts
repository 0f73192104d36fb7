import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Task_State, TaskSchema } from "../../src/gen/docket/task/v1/task_pb.ts";
import type { Task } from "../../src/gen/docket/task/v1/task_pb.ts";
import { TaskCache } from "../../src/tasks/cache.ts";

function version(title: string, updated: number): Task {
  return create(TaskSchema, { id: "1", title, state: Task_State.OPEN, updateTime: timestampFromMs(updated) });
}

test("an older version that arrives later changes nothing", () => {
  const cache = new TaskCache();
  cache.put(version("Second", 2));
  cache.put(version("First", 1));
  assert.equal(cache.get("1")?.title, "Second");
  cache.put(version("Third", 3));
  assert.equal(cache.get("1")?.title, "Third");
});

test("what is shown ahead of its answer falls back to what the server gave last", () => {
  const cache = new TaskCache();
  cache.put(version("Call", 1));
  cache.showAhead("1", Task_State.COMPLETED);
  cache.showAhead("1", Task_State.OPEN);
  cache.showAhead("1", Task_State.COMPLETED);
  assert.equal(cache.get("1")?.state, Task_State.COMPLETED);
  cache.takeBack("1");
  assert.equal(cache.get("1")?.state, Task_State.OPEN);
});

test("a task that is gone is not shown ahead, and nothing is left to fall back to", () => {
  const cache = new TaskCache();
  cache.put(version("Call", 1));
  cache.forget("1");
  assert.equal(cache.showAhead("1", Task_State.COMPLETED), undefined);
  cache.takeBack("1");
  assert.equal(cache.get("1"), undefined);
});
