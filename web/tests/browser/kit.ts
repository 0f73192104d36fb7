/** What the browser tests do and ask again and again. */
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";

export const phone = { width: 375, height: 740 };
export const desk = { width: 1280, height: 800 };
export const password = "seven lemon trees by the river";

/** Collects what the page complains of: errors in the console and uncaught ones. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  return complaints;
}

let people = 0;

/** An e-mail that no test of this file has used. */
export function newEmail(): string {
  people += 1;
  return `ada${people}@example.org`;
}

export async function fillSignUp(page: Page, email: string): Promise<void> {
  await page.getByLabel("Name").fill("Ada");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
}

/** Signs up from wherever the page is, and ends at the tasks. @returns the e-mail */
export async function signUp(page: Page, email = newEmail()): Promise<string> {
  await page.goto("/sign-up");
  await fillSignUp(page, email);
  await page.getByRole("button", { name: "Create account" }).click();
  await page
    .getByRole("heading", { name: "All tasks" })
    .waitFor()
    .catch(async (cause: unknown) => {
      const text = await page.locator("body").innerText();
      throw new Error(`signing up does not lead to the tasks; the page says: ${text}`, { cause });
    });
  return email;
}

export async function signIn(page: Page, email: string): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Account" }).filter({ visible: true }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
}

/** The field in which a new task is typed. */
export function newTask(page: Page): Locator {
  return page.getByLabel("Task", { exact: true });
}

export async function addTask(page: Page, title: string): Promise<void> {
  await newTask(page).fill(title);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await row(page, title).waitFor();
}

/** Creates a list, and ends at its tasks. */
export async function addList(page: Page, title: string): Promise<void> {
  await page.goto("/lists");
  await page.getByLabel("New list").fill(title);
  await page.getByRole("button", { name: "Create list" }).click();
  await page.getByRole("heading", { name: title }).waitFor();
}

export function row(page: Page, title: string): Locator {
  return page.getByRole("listitem").filter({ hasText: title });
}

/** Adds a task and opens it. @returns the panel with it */
export async function openTask(page: Page, title: string): Promise<Locator> {
  await addTask(page, title);
  await row(page, title).getByRole("link").click();
  const task = page.locator(".detail");
  await task.getByLabel("Title").waitFor();
  return task;
}

/**
 * Waits for the toast. The whole of its text: what the form's buttons say together, "Save" and "Discard changes", holds
 * "saved" as well.
 */
export async function isSaved(page: Page): Promise<void> {
  await page.locator(".toast").getByText("Saved", { exact: true }).waitFor();
}

/** Gives the task that the page has open another title, in another tab. @returns that tab */
export async function renamedElsewhere(page: Page, title: string): Promise<Page> {
  const other = await page.context().newPage();
  await other.goto(page.url());
  const task = other.locator(".detail");
  await task.getByLabel("Title").fill(title);
  await task.getByRole("button", { name: "Save" }).click();
  await isSaved(other);
  return other;
}

/** Waits until the row's button offers the opposite: "Complete" becomes "Reopen". */
export async function isCompleted(page: Page, title: string): Promise<void> {
  await page.getByRole("button", { name: `Reopen ${title}` }).waitFor();
}

/**
 * Does what writes a task, and waits for the server's answer. The page shows such a write before it is sent: a test that
 * reloads the page, or looks from another tab, must wait for more than what is shown.
 *
 * @param method Of TaskService: "CompleteTask".
 */
export async function written(page: Page, method: string, act: () => Promise<void>): Promise<void> {
  const answer = page.waitForResponse(`**/docket.task.v1.TaskService/${method}`);
  await act();
  await answer;
}

/** Waits until nothing moves. An animation may be cancelled, with its element or by another, and others may follow it. */
export async function animationsEnd(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (;;) {
      const moving = document.getAnimations().filter(({ playState }) => playState === "running");
      if (moving.length === 0) return;
      await Promise.allSettled(moving.map(({ finished }) => finished));
    }
  });
}

export async function fitsItsWidth(page: Page): Promise<void> {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wider <= 0, `${page.url()} scrolls sideways by ${wider} px`);
}
