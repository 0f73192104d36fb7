/** Sessions as a reader meets them: over reloads, tabs, addresses, and the back button. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { addTask, complaintsOf, desk, fillSignUp, openTask, row, signIn, signOut, signUp } from "./kit.ts";
import { open, stage } from "./stage.ts";

const docket = await stage();

test("the session lives over a reload, in a cookie that no script can read", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  await signUp(page);
  await addTask(page, "Stay");
  await page.reload();
  await row(page, "Stay").waitFor();
  const cookies = await context.cookies();
  assert.equal(cookies.length, 1);
  assert.equal(cookies[0]?.httpOnly, true);
  assert.equal(cookies[0]?.sameSite, "Strict");
  assert.equal(await page.evaluate(() => document.cookie), "");
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.doesNotMatch(kept, /eyJ/, "no access token is stored");
  await context.close();
});

test("signing out in one tab ends the other", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  await signUp(page);
  await addTask(page, "Secret");
  const other = await context.newPage();
  await other.goto("/tasks");
  await row(other, "Secret").waitFor();
  await signOut(page);
  await other.getByText("You signed out in another tab.").waitFor();
  assert.equal(await row(other, "Secret").count(), 0);
  await other.goto("/tasks");
  await other.getByRole("heading", { name: "Sign in" }).waitFor();
  await context.close();
});

test("signing in in one tab takes the other along", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  const email = await signUp(page);
  await signOut(page);
  const other = await context.newPage();
  await other.goto("/tasks");
  await other.getByRole("heading", { name: "Sign in" }).waitFor();
  await signIn(page, email);
  await other.getByRole("heading", { name: "All tasks" }).waitFor();
  await context.close();
});

test("two tabs that come back at once both stay signed in", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  await signUp(page);
  const tabs = [page, await context.newPage(), await context.newPage()];
  for (let round = 0; round < 3; round += 1) {
    await Promise.all(tabs.map((tab) => tab.goto("/tasks")));
    await Promise.all(tabs.map((tab) => tab.getByRole("heading", { name: "All tasks" }).waitFor()));
  }
  await context.close();
});

test("a suspended tab that holds the lock of the refresh keeps no other tab waiting", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  await signUp(page);
  await page.evaluate(
    () =>
      new Promise<void>((granted) => {
        void navigator.locks.request("docket.refresh", () => {
          granted();
          return new Promise(() => undefined);
        });
      }),
  );
  const other = await context.newPage();
  await other.goto("/tasks");
  await other.getByRole("heading", { name: "All tasks" }).waitFor();
  await context.close();
});

test("an address asked for while signed out is shown after signing in", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  const email = await signUp(page);
  await openTask(page, "Deep");
  const wanted = page.url();
  await page.getByRole("button", { name: "Close" }).click();
  await signOut(page);
  await page.goto(wanted);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await signIn(page, email);
  await page.getByLabel("Title").waitFor();
  assert.equal(page.url(), wanted);
  await context.close();
});

test("an address that leads elsewhere is not followed after signing in", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  const email = await signUp(page);
  await signOut(page);
  await page.goto("/sign-in?next=%2F%2Fexample.org%2F");
  await signIn(page, email);
  await page.getByRole("heading", { name: "All tasks" }).waitFor();
  assert.ok(page.url().startsWith(docket.base));
  await context.close();
});

test("the back button shows nothing after signing out", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  const complaints = complaintsOf(page);
  await signUp(page);
  await addTask(page, "Secret");
  await page.getByRole("link", { name: "Inbox" }).click();
  await page.getByRole("heading", { name: "Inbox" }).waitFor();
  await signOut(page);
  for (let steps = 0; steps < 2; steps += 1) {
    await page.goBack();
    await page.waitForURL(/sign-in/);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.equal(await page.getByText("Secret").count(), 0);
  }
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a wrong password and an unknown e-mail read alike", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  const email = await signUp(page);
  await signOut(page);
  const said: (string | null)[] = [];
  for (const tried of [email, "nobody@example.org"]) {
    await page.goto("/sign-in");
    await page.getByLabel("E-mail").fill(tried);
    await page.getByLabel("Password", { exact: true }).fill("not the password of anybody");
    await page.getByRole("button", { name: "Sign in" }).click();
    said.push(await page.locator(".trouble").textContent());
  }
  assert.deepEqual(said, ["Invalid e-mail or password.", "Invalid e-mail or password."]);
  await context.close();
});

test("an e-mail that has an account is told beside its field", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  const email = await signUp(page);
  await signOut(page);
  await page.goto("/sign-up");
  await fillSignUp(page, email);
  await page.getByLabel("Password", { exact: true }).fill("quite another secret thing");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.locator("input[name=email][aria-invalid=true]").waitFor();
  await page.getByText("This e-mail already has an account.").waitFor();
  await context.close();
});

test("an ended session says so at the next act", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  await signUp(page);
  await addTask(page, "Before");
  await context.clearCookies();
  await page.reload();
  await page.getByText("Your session has ended. Sign in again.").waitFor();
  await context.close();
});

test("a page that the browser kept comes back with what was typed", async () => {
  const { context, page } = await open(docket, { viewport: desk });
  await signUp(page);
  await openTask(page, "Draft");
  await page.getByLabel("Notes").fill("half a thought");
  const renewed = page.waitForResponse(/RefreshSession/);
  // As the browser says it where going back shows the page as it was left.
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  await renewed;
  await row(page, "Draft").waitFor();
  assert.equal(await page.getByLabel("Notes").inputValue(), "half a thought");
  await context.close();
});
