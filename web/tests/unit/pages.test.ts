import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { TaskSchema } from "../../src/gen/docket/task/v1/task_pb.ts";
import { TaskCache } from "../../src/tasks/cache.ts";
import { TaskPages } from "../../src/tasks/pages.ts";
import type { Page } from "../../src/tasks/pages.ts";

/** Tasks 1 to `count`, `size` a page; the page token is the number of the last task. */
function numbered(count: number, size: number, keep: (id: number) => boolean = () => true) {
  const asked: string[] = [];
  const broken = { now: false };
  const fetch = async (token: string): Promise<Page> => {
    asked.push(token);
    if (broken.now) throw new TypeError("Failed to fetch");
    const start = Number(token) + 1;
    const ids = Array.from({ length: Math.min(size, count - start + 1) }, (_, index) => start + index);
    const last = ids.at(-1) ?? count;
    return {
      tasks: ids.map((id) => create(TaskSchema, { id: String(id) })),
      nextPageToken: last < count ? String(last) : "",
    };
  };
  const cache = new TaskCache();
  const pages = new TaskPages({ cache, fetch, keep: ({ id }) => keep(Number(id)), writing: () => [] });
  return { pages, asked, broken };
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

test("a page that holds nothing of this list is passed over, but not for ever", async () => {
  const { pages, asked } = numbered(100, 1, (id) => id === 3 || id === 60);
  await pages.load();
  assert.deepEqual(pages.ids(), ["3"]);
  await pages.more();
  assert.deepEqual(pages.ids(), ["3"]);
  assert.ok(pages.hasMore());
  assert.equal(asked.length, 8);
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

test("a removed task goes back to where it stood", async () => {
  const { pages } = numbered(3, 3);
  await pages.load();
  const index = pages.remove("2");
  assert.deepEqual(pages.ids(), ["1", "3"]);
  pages.putBack("2", index ?? -1);
  assert.deepEqual(pages.ids(), ["1", "2", "3"]);
  assert.equal(pages.remove("9"), undefined);
});

test("a new task comes first, once, and only where it belongs", async () => {
  const { pages } = numbered(1, 1, (id) => id < 8);
  await pages.load();
  for (const id of ["7", "7", "8"]) pages.add(create(TaskSchema, { id }));
  assert.deepEqual(pages.ids(), ["7", "1"]);
});

test("what comes and goes while a list is on its way is in what arrives", async () => {
  const { pages } = numbered(4, 4);
  await pages.load();
  pages.remove("4");
  const loading = pages.load();
  pages.remove("2");
  pages.remove("3");
  pages.putBack("3", 1);
  pages.add(create(TaskSchema, { id: "7" }));
  await loading;
  assert.deepEqual(pages.ids(), ["7", "1", "3", "4"]);
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
