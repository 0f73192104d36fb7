/** The focus is never lost: what goes with it, or takes its place, has it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { addTask, desk, isSaved, openTask, phone, renamedElsewhere, row, signUp, written } from "./kit.ts";
import { open, stage } from "./stage.ts";

const docket = await stage();

for (const [name, viewport] of Object.entries({ phone, desk })) {
  test(`what goes from the open task leaves the focus in it, on a ${name}`, async () => {
    const { context, page } = await open(docket, { viewport });
    await signUp(page);
    await addTask(page, "Call");
    await row(page, "Call").getByRole("link").press("Enter");
    const task = page.locator(".detail");
    await task.getByLabel("Notes").fill("at noon");
    await task.getByRole("button", { name: "Save" }).press("Enter");
    await isSaved(page);
    await focusIsOn(page, ".detail");
    await task.getByLabel("Notes").fill("at one");
    await task.getByRole("button", { name: "Discard changes" }).press("Enter");
    await focusIsOn(page, ".detail");
    await task.getByLabel("Day").fill("2020-02-29");
    await task.getByRole("button", { name: "No date" }).press("Enter");
    await focusIsOn(page, ".detail");
    await page.keyboard.press("Escape");
    await task.waitFor({ state: "detached" });
    await focusIsOn(page, "a[id^=task-]");
    await context.close();
  });

  test(`a deleted task leaves the focus at the heading, and its undoing brings it to the row, on a ${name}`, async () => {
    const { context, page } = await open(docket, { viewport });
    await signUp(page);
    await addTask(page, "Call");
    await row(page, "Call").getByRole("link").press("Enter");
    const task = page.locator(".detail");
    await task.getByRole("button", { name: "Delete" }).press("Enter");
    await task.waitFor({ state: "detached" });
    await focusIsOn(page, "h1");
    await page.getByRole("button", { name: "Undo" }).press("Enter");
    await row(page, "Call").waitFor();
    await focusIsOn(page, "a[id^=task-]");
    await context.close();
  });
}

test("taking what a field has become elsewhere leaves the focus in the task", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  await signUp(page);
  const mine = await openTask(page, "Call");
  await mine.getByLabel("Title").fill("Call back");
  await renamedElsewhere(page, "Ring");
  await mine.getByRole("button", { name: "Save" }).click();
  await mine.getByRole("button", { name: "Use that" }).press("Enter");
  assert.equal(await mine.getByLabel("Title").inputValue(), "Ring");
  await focusIsOn(page, ".detail");
  await context.close();
});

test("a row that moves to the other list keeps the focus", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  await signUp(page);
  await addTask(page, "Call");
  await written(page, "CompleteTask", () => page.getByRole("button", { name: "Complete Call" }).click());
  await page.getByRole("button", { name: "Show completed" }).click();
  await page.reload();
  await page.getByRole("list", { name: "Completed" }).getByRole("button", { name: "Reopen Call" }).press("Enter");
  await page.getByRole("list", { name: "To do" }).getByRole("button", { name: "Complete Call" }).waitFor();
  await focusIsOn(page, "ul[aria-label='To do'] .check");
  await context.close();
});

async function focusIsOn(page: Page, selector: string): Promise<void> {
  await page.locator(`${selector}:focus`).waitFor({ state: "attached" });
}
