/** What is typed into "Add a task" is lost on no way back to the page, and never seen by another account. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { addTask, desk, newTask, phone, row, signOut, signUp } from "./kit.ts";
import { open, stage } from "./stage.ts";

const docket = await stage({ backForwardCache: true });

test("what is typed into a new task is there after going away and coming back", async (t) => {
  const { context, page } = await open(docket, { viewport: phone });
  await signUp(page);
  await typeTask(page);
  await page.evaluate(() => Object.assign(window, { left: true }));
  await page.goto("/.well-known/jwks.json");
  const renewed = page.waitForResponse(/RefreshSession/);
  // A page that the browser kept does not load again.
  await page.goBack({ waitUntil: "commit" });
  await renewed;
  await isTyped(page);
  const kept = await page.evaluate(() => "left" in window);
  t.diagnostic(kept ? "the browser had kept the page" : "the browser had not kept the page, and loaded it again");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await row(page, "Buy a map").getByText("High").waitFor();
  await context.close();
});

test("what is typed into a new task is there after a reload and in another view, and gone once it is added", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  await signUp(page);
  await typeTask(page);
  await page.reload();
  await isTyped(page);
  await page.getByRole("link", { name: "Inbox" }).click();
  await page.getByRole("heading", { name: "Inbox" }).waitFor();
  await isTyped(page);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await row(page, "Buy a map").waitFor();
  await isUntyped(page);
  await page.reload();
  await row(page, "Buy a map").waitFor();
  await isUntyped(page);
  await context.close();
});

test("what is typed into a new task goes with the session, here and in another tab", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  await signUp(page);
  const other = await context.newPage();
  await other.goto("/tasks");
  for (const tab of [page, other]) await typeTask(tab);
  await signOut(page);
  await other.getByText("You signed out in another tab.").waitFor();
  for (const tab of [page, other]) assert.equal(await tab.evaluate(() => sessionStorage.length), 0);
  await signUp(page);
  await addTask(page, "Of somebody else");
  await isUntyped(page);
  await other.goto("/tasks");
  await row(other, "Of somebody else").waitFor();
  await isUntyped(other);
  await context.close();
});

async function typeTask(page: Page): Promise<void> {
  await newTask(page).fill("Buy a map");
  await page.getByLabel("Priority", { exact: true }).selectOption("High");
}

async function isTyped(page: Page): Promise<void> {
  await newTask(page).waitFor();
  assert.equal(await newTask(page).inputValue(), "Buy a map");
  assert.equal(await page.getByLabel("Priority", { exact: true }).inputValue(), "3");
}

async function isUntyped(page: Page): Promise<void> {
  assert.equal(await newTask(page).inputValue(), "");
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
}
