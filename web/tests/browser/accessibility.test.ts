/** No view breaks a rule that axe-core can check or has a target too small, in either theme and at either width. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import {
  addTask,
  animationsEnd,
  desk,
  fitsItsWidth,
  isCompleted,
  isSaved,
  openTask,
  phone,
  row,
  signOut,
  signUp,
} from "./kit.ts";
import { open, stage } from "./stage.ts";

const docket = await stage();
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

for (const colorScheme of ["light", "dark"] as const) {
  for (const [name, viewport] of Object.entries({ phone, desk })) {
    test(`every view holds, ${colorScheme}, on a ${name}`, async () => {
      const { context, page } = await open(docket, { viewport, colorScheme });
      await page.goto("/sign-up");
      await page.getByRole("button", { name: "Create account" }).click();
      await page.locator("input[aria-invalid=true]").first().waitFor();
      await holds(page, "sign-up with faults");
      await signUp(page);
      await page.getByText("All clear").waitFor();
      await holds(page, "no tasks");
      await addTask(page, "Water the plants");
      await addTask(page, "Send the tax papers");
      await holds(page, "adding");
      await page.getByRole("button", { name: "Complete Water the plants" }).click();
      await isCompleted(page, "Water the plants");
      await holds(page, "tasks with a toast");
      await row(page, "Send the tax papers").getByRole("link").click();
      const task = page.locator(".detail");
      await task.getByLabel("Day").fill("2020-02-29");
      await task.getByLabel("High").check({ force: true });
      await holds(page, "an edited task");
      await task.getByRole("button", { name: "Save" }).click();
      await isSaved(page);
      await task.getByRole("button", { name: "Close" }).click();
      await page.goto("/lists");
      await page.getByRole("link", { name: "Inbox" }).filter({ visible: true }).first().waitFor();
      await holds(page, "lists");
      await page.goto("/account");
      await page.getByText("@example.org").waitFor();
      await holds(page, "account");
      await signOut(page);
      await holds(page, "sign-in");
      await page.goto("/nowhere");
      await page.getByText("This address leads nowhere.").waitFor();
      await holds(page, "not found");
      await context.close();
    });
  }
}

test("nothing moves for those who ask for less motion", async () => {
  const { context, page } = await open(docket, { viewport: phone, reducedMotion: "reduce" });
  await signUp(page);
  await openTask(page, "Still");
  await page.locator(".detail").waitFor();
  const moving = await page.evaluate(() => document.getAnimations().length);
  assert.equal(moving, 0);
  await context.close();
});

test("a wait for animations goes on where one of them is cancelled", async () => {
  const { context, page } = await open(docket, { viewport: phone });
  await page.goto("/sign-in");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await animationsEnd(page);
  await page.evaluate(() => {
    const cancelled = document.body.animate({ opacity: [0, 1] }, 60_000);
    document.body.animate({ opacity: [0, 1] }, { duration: 100, delay: 100 });
    setTimeout(() => cancelled.cancel(), 50);
  });
  await animationsEnd(page);
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
  await context.close();
});

async function holds(page: Page, view: string): Promise<void> {
  await fitsItsWidth(page);
  // A colour in transition is neither the old nor the new one, and what moves is measured askew.
  await animationsEnd(page);
  assert.deepEqual(await smallTargets(page), [], view);
  await page.evaluate(`${axe}; undefined`);
  const results = (await page.evaluate("axe.run()")) as AxeResults;
  const broken = results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  assert.deepEqual(broken, [], view);
}

/**
 * The visible controls that are less than 44 px wide or high (WCAG 2.2, 2.5.5). A radio button is as large as the label
 * around it, which is pressed in its place. WCAG lets a link within a sentence be as low as its line: here none is.
 */
function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const controls = [...document.querySelectorAll("a[href], button, input, select, textarea")];
    const targets = controls.filter((control) => control.checkVisibility({ visibilityProperty: true }));
    return targets.flatMap((control) => {
      const { width, height } = (control.closest(".segments label") ?? control).getBoundingClientRect();
      return Math.min(width, height) < 44 ? [`${width} x ${height}: ${control.outerHTML}`] : [];
    });
  });
}
