/** What the page shows while it waits, when something fails, and when two hands write the same task. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { holding } from "../holding.ts";
import {
  addList,
  addTask,
  complaintsOf,
  desk,
  fillSignUp,
  isSaved,
  newEmail,
  newTask,
  openTask,
  phone,
  renamedElsewhere,
  row,
  signUp,
  written,
} from "./kit.ts";
import { open, stage } from "./stage.ts";

const docket = await stage();
const listTasks = "**/docket.task.v1.TaskService/ListTasks";

test("a wait shows quiet lines, and only once it is felt", async () => {
  const { context, page } = await open(docket, { viewport: phone });
  await signUp(page);
  const { held, release } = holding();
  await page.route(listTasks, async (route) => {
    await held;
    await route.continue();
  });
  await page.reload();
  const skeleton = page.locator(".skeleton").filter({ hasText: "Loading tasks" });
  await skeleton.waitFor();
  const shown = await skeleton.evaluate((lines) => {
    const [appearing] = lines.getAnimations();
    if (!appearing) throw new Error("the lines don't appear by an animation");
    appearing.pause();
    return [0, 149, 270].map((milliseconds) => {
      appearing.currentTime = milliseconds;
      return getComputedStyle(lines).opacity;
    });
  });
  assert.deepEqual(shown, ["0", "0", "1"]);
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

test("a shown list that can't be brought up to date stays, and comes when asked for again", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  await signUp(page);
  await addTask(page, "There");
  await page.getByRole("link", { name: "Account" }).filter({ visible: true }).click();
  await page.getByText("@example.org").waitFor();
  await page.route(listTasks, (route) => route.abort());
  await page.getByRole("link", { name: "All tasks" }).filter({ visible: true }).click();
  await page.getByText("No connection to the server. Try again.").waitFor();
  await row(page, "There").waitFor();
  await page.unroute(listTasks);
  await page.getByRole("button", { name: "Try again" }).press("Enter");
  await page.getByText("No connection to the server. Try again.").waitFor({ state: "detached" });
  await page.locator("h1:focus").waitFor();
  await row(page, "There").waitFor();
  await context.close();
});

test("without a network the page says so, takes back what can't be saved, and goes on when it returns", async () => {
  const { context, page } = await open(docket, { viewport: phone });
  await signUp(page);
  await addTask(page, "Later");
  await context.setOffline(true);
  const banner = page.getByText("No connection. What you change now can't be saved.");
  await banner.waitFor();
  const [head, said] = [await page.locator(".head").boundingBox(), await banner.boundingBox()];
  assert.ok(head && said && said.y >= head.y + head.height, "the banner covers nothing");
  await page.getByRole("button", { name: "Complete Later" }).click();
  await page.getByText("No connection to the server. Try again.").waitFor();
  await page.keyboard.press("Control+z");
  await page.getByRole("button", { name: "Try again" }).waitFor();
  await page.getByRole("button", { name: "Complete Later" }).waitFor();
  await context.setOffline(false);
  await banner.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("button", { name: "Reopen Later" }).waitFor();
  await context.close();
});

test("a call that is never answered ends, says so, and can be made again", async () => {
  const { context, page } = await open(docket, { viewport: phone });
  await page.clock.install();
  const signUps = "**/docket.auth.v1.AuthService/SignUp";
  await page.route(signUps, () => undefined);
  await page.goto("/sign-up");
  await fillSignUp(page, newEmail());
  const sent = page.waitForRequest(signUps);
  await page.getByRole("button", { name: "Create account" }).click();
  await sent;
  await page.clock.fastForward(15_000);
  await page.getByText("The server took too long. Try again.").waitFor();
  await page.unroute(signUps);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("heading", { name: "All tasks" }).waitFor();
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

test("more tasks than a page holds come when asked for, and a list is asked for alone", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  await signUp(page);
  await addList(page, "Trip");
  const list = page.url();
  for (let number = 1; number <= 51; number += 1) await addTask(page, `Task ${number}.`);
  await page.goto("/tasks");
  await addTask(page, "Elsewhere");
  let asked = 0;
  page.on("request", (request) => (asked += request.url().endsWith("/ListTasks") ? 1 : 0));
  for (const [address, count, next] of [
    ["/tasks", 52, "Task 2."],
    [list, 51, "Task 1."],
  ] as const) {
    asked = 0;
    await page.goto(address);
    await page.getByText("50 or more to do").waitFor();
    assert.equal(await row(page, "Task 1.").count(), 0);
    await page.getByRole("button", { name: "Show more" }).press("Enter");
    await row(page, "Task 1.").waitFor();
    await row(page, next).locator("a:focus").waitFor();
    await page.getByText(`${count} to do`).waitFor();
    assert.equal(await page.getByRole("button", { name: "Show more" }).count(), 0);
    assert.equal(asked, 2);
  }
  assert.equal(await row(page, "Elsewhere").count(), 0);
  await context.close();
});

test("what was typed survives a change made elsewhere, and the reader decides", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  const complaints = complaintsOf(page);
  await signUp(page);
  const mine = await openTask(page, "Call");
  await mine.getByLabel("Title").fill("Call back");
  const other = await renamedElsewhere(page, "Ring");
  await mine.getByRole("button", { name: "Save" }).click();
  await mine.getByText("This task was changed elsewhere.").waitFor();
  assert.equal(await mine.getByLabel("Title").inputValue(), "Call back");
  await mine.getByText("Ring").waitFor();
  await mine.getByRole("button", { name: "Save" }).click();
  await isSaved(page);
  await other.reload();
  assert.equal(await other.locator(".detail").getByLabel("Title").inputValue(), "Call back");
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
  await openTask(page, "Draft");
  await page.getByLabel("Notes").fill("half a thought");
  await page.getByRole("button", { name: "Close" }).click();
  await row(page, "Draft").getByRole("link").click();
  assert.equal(await page.getByLabel("Notes").inputValue(), "half a thought");
  await page.getByRole("button", { name: "Discard changes" }).click();
  assert.equal(await page.getByLabel("Notes").inputValue(), "");
  await context.close();
});

test("a discarded change takes its fault along", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  await signUp(page);
  const task = await openTask(page, "Title");
  await task.getByLabel("Title").fill(" ");
  await task.getByRole("button", { name: "Save" }).click();
  await task.locator("[aria-invalid=true]").waitFor();
  await task.getByRole("button", { name: "Discard changes" }).click();
  assert.equal(await task.getByLabel("Title").inputValue(), "Title");
  assert.equal(await task.locator("[aria-invalid=true]").count(), 0);
  await context.close();
});

test("what is typed while a task is being added is kept, and the focus stays where the reader went", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  await signUp(page);
  const { held, release } = holding();
  await page.route("**/docket.task.v1.TaskService/CreateTask", async (route) => {
    await held;
    await route.continue();
  });
  const input = newTask(page);
  await input.fill("First");
  const sent = page.waitForRequest(/CreateTask/);
  await input.press("Enter");
  await sent;
  await input.fill("Second");
  const show = page.getByRole("button", { name: "Show completed" });
  await show.focus();
  release();
  await row(page, "First").waitFor();
  assert.equal(await input.inputValue(), "Second");
  assert.ok(await show.evaluate((button) => button === document.activeElement));
  await context.close();
});

test("a completed task is told from none, and a reopened one is to do again", async () => {
  const { context, page } = await open(docket, { viewport: phone });
  await signUp(page);
  await addTask(page, "Rent");
  await page.getByRole("button", { name: "Show completed" }).click();
  await page.getByText("Nothing completed yet.").waitFor();
  await written(page, "CompleteTask", () => page.getByRole("button", { name: "Complete Rent" }).click());
  await page.getByText("Nothing else completed yet.").waitFor();
  await page.reload();
  await page.getByText("Nothing to do").waitFor();
  await page.getByRole("list", { name: "Completed" }).getByRole("button", { name: "Reopen Rent" }).click();
  await page.getByText("1 to do").waitFor();
  await page.getByText("Nothing completed yet.").waitFor();
  await page.getByRole("button", { name: "Hide completed" }).click();
  await page.getByRole("button", { name: "Complete Rent" }).waitFor();
  await context.close();
});

test("a task that is deleted while it stands open says so, and comes back when that is undone", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  await signUp(page);
  const task = await openTask(page, "Fleeting");
  await page.getByRole("button", { name: "Delete Fleeting" }).click();
  await task.getByRole("heading", { name: "This task isn't here any more" }).waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await task.getByLabel("Title").waitFor();
  await written(page, "DeleteTask", () => page.getByRole("button", { name: "Delete Fleeting" }).click());
  await task.getByRole("heading", { name: "This task isn't here any more" }).waitFor();
  await page.reload();
  await task.getByRole("heading", { name: "This task isn't here any more" }).waitFor();
  await context.close();
});

test("a task that was deleted elsewhere says so at the next act", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  await signUp(page);
  const task = await openTask(page, "Fleeting");
  const other = await context.newPage();
  await other.goto("/tasks");
  await written(other, "DeleteTask", () => other.getByRole("button", { name: "Delete Fleeting" }).click());
  await task.getByRole("button", { name: "Complete" }).press("Enter");
  await task.getByRole("heading", { name: "This task isn't here any more" }).waitFor();
  await page.keyboard.press("Escape");
  await task.waitFor({ state: "detached" });
  await context.close();
});
