/** The whole job of the page, on a phone and on a wide screen. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import {
  addList,
  addTask,
  complaintsOf,
  desk,
  fillSignUp,
  fitsItsWidth,
  isCompleted,
  isSaved,
  newEmail,
  newTask,
  phone,
  row,
  signIn,
  signOut,
  written,
} from "./kit.ts";
import { open, stage } from "./stage.ts";

const docket = await stage();

for (const [name, viewport] of Object.entries({ phone, desk })) {
  test(`a reader signs up, keeps tasks and comes back, on a ${name}`, async () => {
    const { context, page } = await open(docket, { viewport });
    const complaints = complaintsOf(page);
    const email = newEmail();
    await page.goto("/");
    await page.getByRole("link", { name: "Create an account" }).click();
    await refusedFields(page);
    await created(page, email);
    await signOut(page);
    await fitsItsWidth(page);
    await signIn(page, email);
    await page.getByRole("heading", { name: "All tasks" }).waitFor();
    await page.getByText("All clear").waitFor();
    await tasks(page);
    await edited(page);
    await page.reload();
    await row(page, "Send the tax papers").waitFor();
    await lists(page);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

/** Every fault of a form stands beside its field. */
async function refusedFields(page: Page): Promise<void> {
  await page.getByLabel("Name").fill("   ");
  await page.getByLabel("E-mail").fill("not an address");
  await page.getByLabel("Password", { exact: true }).fill("password");
  await page.getByRole("button", { name: "Create account" }).click();
  for (const label of ["Name", "E-mail", "Password"]) {
    const field = page.getByLabel(label, { exact: true });
    await page.locator(`input[aria-invalid=true][name=${(await field.getAttribute("name")) ?? ""}]`).waitFor();
    const why = (await field.getAttribute("aria-describedby"))?.split(" ")[0] ?? "";
    const text = await page.locator(`[id="${why}"]`).textContent();
    assert.match(text ?? "", /^[A-Z].*[.!?]$/, `${label} says what is wrong`);
  }
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("name")), "name");
  await fitsItsWidth(page);
}

async function created(page: Page, email: string): Promise<void> {
  await fillSignUp(page, email);
  assert.equal(await page.getByLabel("E-mail").getAttribute("type"), "email");
  assert.equal(await page.getByLabel("Password", { exact: true }).getAttribute("type"), "password");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("heading", { name: "All tasks" }).waitFor();
  assert.equal(await page.title(), "All tasks · Docket");
  assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1);
}

async function tasks(page: Page): Promise<void> {
  for (const title of ["Pay the rent", "Water the plants", "Send the tax"]) await addTask(page, title);
  await page.getByText("3 to do").waitFor();
  await page.getByRole("button", { name: "Complete Pay the rent" }).click();
  await isCompleted(page, "Pay the rent");
  await page.getByText("Completed “Pay the rent”").waitFor();
  await page.getByText("2 to do").waitFor();
  await page.getByRole("button", { name: "Delete Water the plants" }).click();
  await page.getByText("Deleted “Water the plants”").waitFor();
  await row(page, "Water the plants").waitFor({ state: "detached" });
  await written(page, "UndeleteTask", () => page.getByRole("button", { name: "Undo" }).click());
  await row(page, "Water the plants").waitFor();
  await fitsItsWidth(page);
  await page.reload();
  await row(page, "Water the plants").waitFor();
  assert.equal(await row(page, "Pay the rent").count(), 0);
  await page.getByRole("button", { name: "Show completed" }).click();
  await isCompleted(page, "Pay the rent");
  await page.getByRole("button", { name: "Hide completed" }).click();
}

async function edited(page: Page): Promise<void> {
  await row(page, "Send the tax").getByRole("link").click();
  const task = page.getByLabel("Task", { exact: true }).and(page.locator(".detail"));
  await task.getByLabel("Title").fill("Send the tax papers");
  await task.getByLabel("Notes").fill("The office wants originals.\nAsk for a receipt.");
  await task.getByLabel("High").check({ force: true });
  await task.getByLabel("Day").fill("2020-02-29");
  await task.getByLabel("Time").fill("16:30");
  await fitsItsWidth(page);
  await task.getByRole("button", { name: "Save" }).click();
  await isSaved(page);
  await page.reload();
  assert.equal(await task.getByLabel("Title").inputValue(), "Send the tax papers");
  assert.match(await task.getByLabel("Notes").inputValue(), /^The office wants originals\.\nAsk/);
  assert.equal(await task.getByLabel("Day").inputValue(), "2020-02-29");
  assert.equal(await task.getByLabel("Time").inputValue(), "16:30");
  assert.ok(await task.getByLabel("High").isChecked());
  await task.getByRole("button", { name: "Close" }).click();
  await row(page, "Send the tax papers").getByText("Overdue: 29 February 2020 16:30").waitFor();
}

async function lists(page: Page): Promise<void> {
  await page.goto("/lists");
  await page.getByRole("button", { name: "Create list" }).click();
  await page.locator("input[aria-invalid=true]").waitFor();
  await addList(page, "Trip to Lisbon");
  await addTask(page, "Book the train");
  await fitsItsWidth(page);
  await page.getByRole("link", { name: "All tasks" }).filter({ visible: true }).click();
  await row(page, "Book the train").getByText("Trip to Lisbon").waitFor();
  await newTask(page).fill("Buy a map");
  await page.getByLabel("List", { exact: true }).selectOption({ label: "Trip to Lisbon" });
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await row(page, "Buy a map").getByText("Trip to Lisbon").waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "Trip to Lisbon" }).waitFor();
  for (const title of ["Book the train", "Buy a map"]) await row(page, title).waitFor();
  assert.equal(await row(page, "Send the tax papers").count(), 0);
  await page.reload();
  await row(page, "Buy a map").waitFor();
  assert.equal(await row(page, "Send the tax papers").count(), 0);
}
