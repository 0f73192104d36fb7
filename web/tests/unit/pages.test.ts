import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Task_State, TaskSchema } from "../../src/gen/docket/task/v1/task_pb.ts";
import type { Task } from "../../src/gen/docket/task/v1/task_pb.ts";
import { TaskCache } from "../../src/tasks/cache.ts";
import { TaskPages } from "../../src/tasks/pages.ts";
import type { Page } from "../../src/tasks/pages.ts";
import { writeOf } from "../../src/tasks/writes.ts";
import type { PendingWrite, WriteMethod } from "../../src/tasks/writes.ts";

type Change = Partial<Pick<Task, "state" | "deleteTime" | "taskListId">>;

/** A task as the server gives it. A later version has a higher number. */
function version(id: string, number: number, change: Change = {}): Task {
  return create(TaskSchema, { id, state: Task_State.OPEN, updateTime: timestampFromMs(number), ...change });
}

/** Open tasks 1 to `count`, `size` a page; the page token is the number of the last task. */
function numbered(count: number, size: number, holds: (id: number) => boolean = () => true) {
  const asked: string[] = [];
  const broken = { now: false };
  const absent = new Set<number>();
  const fetch = async (token: string): Promise<Page> => {
    asked.push(token);
    if (broken.now) throw new TypeError("Failed to fetch");
    const start = Number(token) + 1;
    const ids = Array.from({ length: Math.min(size, count - start + 1) }, (_, index) => start + index);
    const last = ids.at(-1) ?? count;
    return {
      tasks: ids.filter((id) => !absent.has(id)).map((id) => version(String(id), 1)),
      nextPageToken: last < count ? String(last) : "",
    };
  };
  const cache = new TaskCache();
  const parts = { cache, fetch, state: Task_State.OPEN, holds: ({ id }: Task) => holds(Number(id)) };
  return { pages: new TaskPages(parts), cache, asked, broken, absent };
}

let requests = 0;

/** Shows a write that is still to be confirmed. */
function begin(cache: TaskCache, method: WriteMethod, id: string): PendingWrite {
  requests += 1;
  const write = writeOf(method, id, { requestId: String(requests), now: 9 });
  cache.applyOptimistic(write);
  return write;
}

test("pages follow each other to the last", async () => {
  const { pages } = numbered(5, 2);
  assert.equal(pages.status(), "loading");
  await pages.load();
  assert.deepEqual(pages.ids(), ["1", "2"]);
  await pages.more();
  await pages.more();
  assert.deepEqual(pages.ids(), ["1", "2", "3", "4", "5"]);
  assert.ok(!pages.hasMore());
});

test("each request is one call, also where a page comes empty", async () => {
  const { pages, asked, absent } = numbered(5, 2);
  [1, 2].forEach((id) => absent.add(id));
  await pages.load();
  assert.deepEqual(pages.ids(), []);
  assert.ok(pages.hasMore());
  await pages.more();
  assert.deepEqual(pages.ids(), ["3", "4"]);
  assert.deepEqual(asked, ["", "2"]);
});

test("a page that fails keeps what is shown, and is asked for again", async () => {
  const { pages, asked, broken } = numbered(4, 2);
  await pages.load();
  broken.now = true;
  await pages.more();
  assert.equal(pages.status(), "failed");
  assert.equal(pages.failure()?.reason, "UNREACHABLE");
  assert.deepEqual(pages.ids(), ["1", "2"]);
  broken.now = false;
  await pages.more();
  assert.deepEqual(pages.ids(), ["1", "2", "3", "4"]);
  assert.deepEqual(asked, ["", "2", "2"]);
});

test("an answer that has been overtaken is dropped", async () => {
  const { pages } = numbered(4, 2);
  await pages.load();
  await Promise.all([pages.more(), pages.load()]);
  assert.deepEqual(pages.ids(), ["1", "2"]);
  assert.equal(pages.status(), "ready");
});

test("a deleted task is away while the deletion stands, and then back where it stood", async () => {
  const { pages, cache } = numbered(3, 3);
  await pages.load();
  const deletion = begin(cache, "deleteTask", "2");
  assert.deepEqual(pages.ids(), ["1", "3"]);
  cache.revert(deletion);
  assert.deepEqual(pages.ids(), ["1", "2", "3"]);
});

test("a deleted task keeps its place over a load, until it is taken out of the trash", async () => {
  const { pages, cache, absent } = numbered(3, 3);
  await pages.load();
  cache.confirm(begin(cache, "deleteTask", "2"), version("2", 2, { deleteTime: timestampFromMs(9) }));
  pages.admit("2");
  absent.add(2);
  await pages.load();
  assert.deepEqual(pages.ids(), ["1", "3"]);
  begin(cache, "undeleteTask", "2");
  assert.deepEqual(pages.ids(), ["1", "2", "3"]);
});

test("a task that leaves the state of the list stays until the next load", async () => {
  const { pages, cache, absent } = numbered(2, 2);
  await pages.load();
  const completion = begin(cache, "completeTask", "1");
  absent.add(1);
  await pages.load();
  assert.deepEqual(pages.ids(), ["1", "2"], "what is still being written is not moved by a load");
  cache.confirm(completion, version("1", 2, { state: Task_State.COMPLETED }));
  pages.admit("1");
  assert.deepEqual(pages.ids(), ["1", "2"]);
  await pages.load();
  assert.deepEqual(pages.ids(), ["2"]);
});

test("a task that a write brings is here while the write stands, and stays once it is confirmed", async () => {
  const { pages, cache } = numbered(1, 1);
  await pages.load();
  cache.put(version("7", 1, { state: Task_State.COMPLETED }));
  assert.deepEqual(pages.ids(), ["1"]);
  cache.put(version("8", 1, { state: Task_State.COMPLETED }));
  const failing = [begin(cache, "reopenTask", "7"), begin(cache, "reopenTask", "8")];
  assert.deepEqual(pages.ids(), ["8", "7", "1"], "the newest first");
  failing.forEach((write) => cache.revert(write));
  assert.deepEqual(pages.ids(), ["1"]);
  cache.confirm(begin(cache, "reopenTask", "7"), version("7", 2));
  pages.admit("7");
  begin(cache, "completeTask", "7");
  assert.deepEqual(pages.ids(), ["7", "1"]);
});

test("a new task comes first, once, and only where it belongs", async () => {
  const { pages, cache } = numbered(1, 1, (id) => id < 8);
  await pages.load();
  for (const id of ["7", "7", "8"]) {
    cache.put(version(id, 1));
    pages.admit(id);
  }
  assert.deepEqual(pages.ids(), ["7", "1"]);
});

test("a task is in the list that its newest version names", async () => {
  const cache = new TaskCache();
  const inList = (taskListId: string, ids: readonly string[]): TaskPages => {
    const tasks = ids.map((id) => version(id, 1, { taskListId }));
    const fetch = async (): Promise<Page> => ({ tasks, nextPageToken: "" });
    return new TaskPages({ cache, fetch, state: Task_State.OPEN, holds: (task) => task.taskListId === taskListId });
  };
  const [home, inbox] = [inList("home", ["1", "2"]), inList("inbox", ["3"])];
  const shown = () => [home.ids(), inbox.ids()];
  await Promise.all([home.load(), inbox.load()]);
  cache.confirm(
    begin(cache, "deleteTask", "2"),
    version("2", 2, { taskListId: "home", deleteTime: timestampFromMs(9) }),
  );
  const restoring = begin(cache, "undeleteTask", "2");
  assert.deepEqual(shown(), [["1", "2"], ["3"]], "while it is being restored, where it was");
  cache.confirm(restoring, version("2", 3, { taskListId: "inbox" }));
  [home, inbox].forEach((pages) => pages.admit("2"));
  assert.deepEqual(shown(), [["1"], ["2", "3"]], "where its list is gone, the server restores it to another");
  cache.put(version("1", 2, { taskListId: "inbox" }));
  assert.deepEqual(shown(), [[], ["2", "3"]], "what was moved on another device leaves at once, and comes with a load");
});

test("a task that is gone from the server is gone from the list", async () => {
  const { pages, cache } = numbered(2, 2);
  await pages.load();
  cache.forget("1");
  assert.deepEqual(pages.ids(), ["2"]);
});

test("what comes and goes while a list is on its way is in what arrives", async () => {
  const { pages, cache } = numbered(4, 4);
  await pages.load();
  const loading = pages.load();
  cache.confirm(begin(cache, "deleteTask", "2"), version("2", 2, { deleteTime: timestampFromMs(9) }));
  pages.admit("2");
  cache.revert(begin(cache, "deleteTask", "3"));
  cache.put(version("7", 2));
  pages.admit("7");
  begin(cache, "deleteTask", "4");
  await loading;
  assert.deepEqual(pages.ids(), ["7", "1", "3"]);
});

test("what failed is asked for again: the list, or more of it", async () => {
  const { pages, asked, broken } = numbered(4, 2);
  await pages.load();
  for (const ask of ["load", "more"] as const) {
    broken.now = true;
    await pages[ask]();
    assert.equal(pages.failure()?.reason, "UNREACHABLE");
    broken.now = false;
    await pages.retry();
    assert.equal(pages.failure(), undefined);
  }
  assert.deepEqual(pages.ids(), ["1", "2", "3", "4"]);
  assert.deepEqual(asked, ["", "", "", "2", "2"]);
});
