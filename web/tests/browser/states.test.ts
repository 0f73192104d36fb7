/** What the page shows while it waits, when something fails, and when two hands write the same task. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { addTask, complaintsOf, desk, open, phone, row, signUp, stage } from "./kit.ts";

const docket = await stage();
const listTasks = "**/docket.task.v1.TaskService/ListTasks";

test("a wait shows quiet lines, and only once it is felt", async () => {
  const { context, page } = await open(docket, { viewport: phone });
  await signUp(page);
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(listTasks, async (route) => {
    await held;
    await route.continue();
  });
  await page.reload();
  const skeleton = page.locator(".skeleton");
  await skeleton.waitFor();
  const { delay, opacity } = await skeleton.evaluate((lines) => {
    const style = getComputedStyle(lines);
    return { delay: style.animationDelay, opacity: style.opacity };
  });
  assert.equal(delay, "0.15s");
  assert.ok(Number(opacity) <= 1);
  release();
  await page.getByText("All clear").waitFor();
  await context.close();
});

test("tasks that can't come say so, and come when asked for again", async () => {
  const { context, page } = await open(docket, { viewport: phone });
  await signUp(page);
  await addTask(page, "There");
  await page.route(listTasks, (route) => route.abort());
  await page.reload();
  await page.getByRole("heading", { name: "Your tasks can't be shown" }).waitFor();
  await page.getByText("No connection to the server. Try again.").waitFor();
  await page.unroute(listTasks);
  await page.getByRole("button", { name: "Try again" }).click();
  await row(page, "There").waitFor();
  await context.close();
});

test("without a network the page says so, takes back what can't be saved, and goes on when it returns", async () => {
  const { context, page } = await open(docket, { viewport: phone });
  await signUp(page);
  await addTask(page, "Later");
  await context.setOffline(true);
  await page.getByText("No connection. What you change now can't be saved.").waitFor();
  await page.getByRole("button", { name: "Complete Later" }).click();
  await page.getByText("No connection to the server. Try again.").waitFor();
  await page.getByRole("button", { name: "Complete Later" }).waitFor();
  await context.setOffline(false);
  await page.getByText("No connection. What you change now can't be saved.").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("button", { name: "Reopen Later" }).waitFor();
  await context.close();
});

test("a server that can't be reached signs nobody out", async () => {
  const { context, page } = await open(docket, { viewport: phone });
  await signUp(page);
  await page.route("**/docket.auth.v1.AuthService/*", (route) => route.abort());
  await page.reload();
  await page.getByRole("heading", { name: "No connection" }).waitFor();
  await page.unroute("**/docket.auth.v1.AuthService/*");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "All tasks" }).waitFor();
  await context.close();
});

test("more tasks than a page holds come when asked for", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  await signUp(page);
  for (let number = 1; number <= 51; number += 1) await addTask(page, `Task ${number}.`);
  await page.reload();
  await page.getByText("50 or more to do").waitFor();
  assert.equal(await row(page, "Task 1.").count(), 0);
  await page.getByRole("button", { name: "Show more" }).click();
  await row(page, "Task 1.").waitFor();
  await page.getByText("51 to do").waitFor();
  assert.equal(await page.getByRole("button", { name: "Show more" }).count(), 0);
  await context.close();
});

test("what was typed survives a change made elsewhere, and the reader decides", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  const complaints = complaintsOf(page);
  await signUp(page);
  await addTask(page, "Call");
  await row(page, "Call").getByRole("link").click();
  const mine = page.locator(".detail");
  await mine.getByLabel("Title").fill("Call back");
  const other = await context.newPage();
  await other.goto(page.url());
  const theirs = other.locator(".detail");
  await theirs.getByLabel("Title").fill("Ring");
  await theirs.getByRole("button", { name: "Save" }).click();
  await other.getByText("Saved").waitFor();
  await mine.getByRole("button", { name: "Save" }).click();
  await mine.getByText("This task was changed elsewhere.").waitFor();
  assert.equal(await mine.getByLabel("Title").inputValue(), "Call back");
  await mine.getByText("Ring").waitFor();
  await mine.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved").waitFor();
  await other.reload();
  assert.equal(await theirs.getByLabel("Title").inputValue(), "Call back");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a task that is gone says so at its address", async () => {
  const { context, page } = await open(docket, { viewport: phone });
  await signUp(page);
  await page.goto("/tasks?task=01936f5e-0000-7000-8000-000000000000");
  await page.getByRole("heading", { name: "This task isn't here any more" }).waitFor();
  await page.getByRole("button", { name: "Close" }).last().click();
  await page.getByText("All clear").waitFor();
  await context.close();
});

test("what is typed and not saved is still there when the task is opened again", async () => {
  const { context, page } = await open(docket, { viewport: phone });
  await signUp(page);
  await addTask(page, "Draft");
  await row(page, "Draft").getByRole("link").click();
  await page.getByLabel("Notes").fill("half a thought");
  await page.getByRole("button", { name: "Close" }).click();
  await row(page, "Draft").getByRole("link").click();
  assert.equal(await page.getByLabel("Notes").inputValue(), "half a thought");
  await page.getByRole("button", { name: "Discard changes" }).click();
  assert.equal(await page.getByLabel("Notes").inputValue(), "");
  await context.close();
});
