import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { WorkspaceKeeper } from "../../src/workspace/keeper.ts";
import { Browser, workspaceIn, workspaceOf } from "./kit.ts";
import { elsewhere, opened } from "./tasks-kit.ts";

const src = join(import.meta.dirname, "../../src");

test("a session that comes back finds its workspace, and another session never does", async () => {
  const browser = new Browser();
  const session = await browser.signedIn();
  const open = () => workspaceOf(browser, session);
  const keeper = new WorkspaceKeeper();
  const first = keeper.of("one", open);
  assert.equal(keeper.of("one", open), first);
  assert.notEqual(keeper.of("two", open), first);
  const again = keeper.of("one", open);
  assert.notEqual(again, first);
  keeper.drop();
  assert.notEqual(keeper.of("one", open), again);
});

test("a list is asked for alone, page by page, however many tasks other lists hold", async () => {
  const { browser, workspace } = await opened();
  const home = await workspace.lists.add("Home");
  const tasks = await elsewhere(browser);
  for (const taskListId of [home.id, ""]) {
    for (let number = 1; number <= 51; number += 1)
      await tasks.createTask({ task: { title: `${number}`, taskListId } });
  }
  const before = browser.backend.countOf("ListTasks");
  const pages = workspace.pages(home.id, "open");
  await pages.load();
  assert.equal(pages.ids().length, 50);
  await pages.more();
  assert.equal(pages.ids().length, 51);
  assert.ok(!pages.hasMore());
  assert.ok(pages.ids().every((id) => workspace.cache.get(id)?.taskListId === home.id));
  assert.equal(browser.backend.countOf("ListTasks") - before, 2);
});

test("a list keeps its completed tasks apart from its open ones", async () => {
  const { browser, workspace } = await opened();
  const inbox = workspace.lists.inbox()?.id ?? "";
  const tasks = await elsewhere(browser);
  const [kept, done] = [
    await tasks.createTask({ task: { title: "A" } }),
    await tasks.createTask({ task: { title: "B" } }),
  ];
  await tasks.completeTask({ id: done.task?.id ?? "" });
  const views = [workspace.pages(inbox, "open"), workspace.pages(inbox, "completed")];
  for (const pages of views) await pages.load();
  assert.deepEqual(
    views.map((pages) => pages.ids()),
    [[kept.task?.id], [done.task?.id]],
  );
});

test("the reader's day is that of the clock that the workspace is given", async () => {
  const browser = new Browser();
  const workspace = await workspaceIn(browser);
  assert.equal(workspace.today(), "2026-11-21");
  browser.now += 86_400_000;
  assert.equal(workspace.today(), "2026-11-22");
});

test("one module alone touches the clock, the zone and chance of the browser", async () => {
  const touch = /Date\.now|new Date\(\)|resolvedOptions|Math\.random/;
  const names = await readdir(src, { recursive: true });
  const sources = names.filter((name) => /\.tsx?$/.test(name) && !name.startsWith("gen"));
  const texts = await Promise.all(sources.map((name) => readFile(join(src, name), "utf8")));
  const touching = sources.filter((_, index) => touch.test(texts[index] ?? ""));
  assert.deepEqual(touching, [join("session", "browser.ts")]);
});
