/** The whole job without a pointer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { complaintsOf, desk, fillSignUp, isCompleted, isSaved, newEmail, password, phone, row } from "./kit.ts";
import { open, stage } from "./stage.ts";

const docket = await stage();

for (const [name, viewport] of Object.entries({ phone, desk })) {
  test(`everything is done by keyboard, on a ${name}`, async () => {
    const { context, page } = await open(docket, { viewport });
    const complaints = complaintsOf(page);
    await page.goto("/");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await press(page, "Create an account");
    await page.getByRole("heading", { name: "Create your account" }).waitFor();
    for (const [label, text] of [
      ["Name", "Ada"],
      ["E-mail", newEmail()],
      ["Password", password],
    ] as const) {
      await tabTo(page, label);
      await page.keyboard.type(text);
    }
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "All tasks" }).waitFor();
    for (const title of ["First", "Second"]) {
      await tabTo(page, "Task");
      await page.keyboard.type(title);
      await page.keyboard.press("Enter");
      await row(page, title).waitFor();
    }
    await press(page, "Complete First");
    await isCompleted(page, "First");
    assert.equal(await focusedName(page), "Reopen First");
    await edited(page);
    await deletedAndBack(page);
    await press(page, "Account");
    await page.getByRole("heading", { name: "Account" }).waitFor();
    await press(page, "Sign out");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

test("the first stop leads past the ways to the content", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  await page.goto("/sign-up");
  await fillSignUp(page, newEmail());
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "All tasks" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "All tasks" }).waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await focusedName(page), "Skip to the content");
  await page.keyboard.press("Enter");
  assert.equal(await focusedName(page), "All tasks");
  assert.ok(await showsFocus(page), "the heading shows the focus");
  await context.close();
});

/** Opens a task, changes it, and comes back to where it was opened. */
async function edited(page: Page): Promise<void> {
  const opener = await row(page, "Second").getByRole("link").getAttribute("id");
  await tabToId(page, opener ?? "");
  await page.keyboard.press("Enter");
  await page.locator(".detail").getByLabel("Title").waitFor();
  assert.ok(await showsFocus(page), "the open task shows the focus");
  await tabTo(page, "Title");
  await page.keyboard.press("End");
  await page.keyboard.type(" thing");
  await page.keyboard.press("Enter");
  await isSaved(page);
  await page.keyboard.press("Escape");
  await page.locator(".detail").waitFor({ state: "detached" });
  await row(page, "Second thing").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.id), opener);
}

async function deletedAndBack(page: Page): Promise<void> {
  await press(page, "Delete Second thing");
  await row(page, "Second thing").waitFor({ state: "detached" });
  assert.equal(await focusedName(page), "Delete First");
  await page.keyboard.press("Control+z");
  await row(page, "Second thing").waitFor();
  await press(page, "Delete Second thing");
  await row(page, "Second thing").waitFor({ state: "detached" });
  await press(page, "Undo");
  await row(page, "Second thing").waitFor();
}

async function press(page: Page, name: string): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.press("Enter");
}

/** Tabs until what has the focus is called so, and shows that it has it. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let stops = 0; stops < 80; stops += 1) {
    if ((await focusedName(page)) === name) return assert.ok(await showsFocus(page), `${name} shows the focus`);
    await page.keyboard.press("Tab");
  }
  assert.fail(`the keyboard never reaches ${name}`);
}

async function tabToId(page: Page, id: string): Promise<void> {
  for (let stops = 0; stops < 80; stops += 1) {
    if ((await page.evaluate(() => document.activeElement?.id)) === id) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`the keyboard never reaches #${id}`);
}

/** The accessible name of what has the focus, as far as this page's markup needs it. */
function focusedName(page: Page): Promise<string> {
  return page.evaluate(() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body) return "";
    const label =
      focused instanceof HTMLInputElement || focused instanceof HTMLTextAreaElement ? focused.labels?.[0] : null;
    const text = focused.getAttribute("aria-label") ?? label?.textContent ?? focused.textContent ?? "";
    return text.replace(/\s+/g, " ").trim();
  });
}

/** An outline on it or on the box around it. */
function showsFocus(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const boxes = [document.activeElement, document.activeElement?.parentElement];
    return boxes.some((box) => box && getComputedStyle(box).outlineStyle !== "none");
  });
}
