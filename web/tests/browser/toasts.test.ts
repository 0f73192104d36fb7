/** A toast covers nothing that the reader may want to press or type into, on a phone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { addTask, animationsEnd, isSaved, newTask, openTask, signUp } from "./kit.ts";
import { open, stage } from "./stage.ts";

const docket = await stage();
const phones = [
  { width: 320, height: 568 },
  { width: 375, height: 667 },
  { width: 375, height: 812 },
];
const longTitle = "Ask the landlord whether the old bicycles in the cellar may go before the painters come in spring";

for (const viewport of phones) {
  const size = `${viewport.width} x ${viewport.height}`;

  test(`no toast covers a control of the open task, at ${size}`, async () => {
    const { context, page } = await open(docket, { viewport });
    await signUp(page);
    const task = await openTask(page, longTitle);
    await task.getByLabel("Day").fill("2026-12-24");
    await task.getByLabel("Notes").fill("One line.\nAnother line.\nA third one.");
    await task.getByRole("button", { name: "Save" }).click();
    await isSaved(page);
    await page.locator(".toast").hover(); // It stays while it is pointed at, however slow the machine is.
    await task.getByLabel("Notes").fill("Typed again, so that there is something to save and to discard.");
    await coversNothing(page, ".detail");
    await task.getByRole("button", { name: "Complete" }).click();
    await page.getByText("Completed “Ask the landlord").waitFor();
    await coversNothing(page, ".detail");
    await page.getByRole("button", { name: "Undo" }).click();
    await page.route("**/docket.task.v1.TaskService/CompleteTask", (route) => route.abort());
    await task.getByRole("button", { name: "Complete" }).click();
    await page.getByRole("button", { name: "Try again" }).waitFor();
    await coversNothing(page, ".detail");
    await context.close();
  });

  test(`no toast covers what adds a task, at ${size}`, async () => {
    const { context, page } = await open(docket, { viewport });
    await signUp(page);
    await addTask(page, longTitle);
    await page.getByRole("button", { name: `Complete ${longTitle}` }).click();
    await page.getByText("Completed “Ask the landlord").waitFor();
    await coversNothing(page, ".dock");
    await newTask(page).fill("Next");
    await page.getByLabel("List", { exact: true }).waitFor();
    await coversNothing(page, ".dock");
    await newTask(page).fill(" ");
    await newTask(page).press("Enter");
    await page.getByText("Write what is to be done.").waitFor();
    await page.getByRole("button", { name: `Reopen ${longTitle}` }).click();
    await page.getByRole("button", { name: `Complete ${longTitle}` }).click();
    await page.getByText("Completed “Ask the landlord").waitFor();
    await coversNothing(page, ".dock");
    await context.close();
  });
}

/** Whether what is inside is scrolled to its beginning or to its end. */
async function coversNothing(page: Page, inside: string): Promise<void> {
  for (const end of ["beginning", "end"]) {
    await page.locator(inside).evaluate((scrolled, to) => {
      scrolled.scrollTop = to === "end" ? scrolled.scrollHeight : 0;
    }, end);
    await animationsEnd(page);
    assert.deepEqual(await covered(page, inside), [], `scrolled to the ${end}`);
  }
}

/** The controls inside that the toast overlaps. What has scrolled under the head of the open task is hidden by that. */
function covered(page: Page, inside: string): Promise<string[]> {
  return page.evaluate((inside) => {
    const toast = document.querySelector(".toast")?.getBoundingClientRect();
    if (!toast) throw new Error(`no toast is shown; the page says: ${document.body.innerText}`);
    const head = document.querySelector(".detail-head");
    const hiddenAbove = head?.getBoundingClientRect().bottom ?? 0;
    const controls = [...document.querySelectorAll(inside)].flatMap((part) => [
      ...part.querySelectorAll("button, a[href], input, select, textarea, .segments label"),
    ]);
    return controls.flatMap((control) => {
      const box = control.getBoundingClientRect();
      const top = head?.contains(control) ? box.top : Math.max(box.top, hiddenAbove);
      const apart =
        box.right <= toast.left || box.left >= toast.right || box.bottom <= toast.top || top >= toast.bottom;
      return apart || box.bottom <= top ? [] : [control.outerHTML.slice(0, 120)];
    });
  }, inside);
}
