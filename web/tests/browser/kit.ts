/** A real server and a real browser for tests: each test file has its own of both, and ends them. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";

export const phone = { width: 375, height: 740 };
export const desk = { width: 1280, height: 800 };
export const password = "seven lemon trees by the river";

const program = process.env.DOCKET_BIN ?? join(import.meta.dirname, "../../../target/release/docket");
const flags =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " +
  "--disable-component-update --disable-sync";

export interface Stage {
  /** The page's address, without a slash at the end. */
  readonly base: string;
  readonly browser: Browser;
}

/** Starts `docket serve` on a free port with data of its own, and Chromium; both end with the test file. */
export async function stage(): Promise<Stage> {
  const data = await mkdtemp(join(tmpdir(), "docket-browser-"));
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const server = spawn(program, ["serve", "--data-dir", data, "--listen", `127.0.0.1:${port}`], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (text) => said.push(String(text)));
  const browser = await chromium.launch({
    executablePath: process.env.DOCKET_CHROMIUM ?? "/usr/bin/chromium",
    args: flags.split(" "),
  });
  after(async () => {
    await browser.close();
    await stop(server);
    await rm(data, { recursive: true, force: true });
  });
  await ready(base, server, said);
  return { base, browser };
}

/** A page of its own browser profile whose console must stay free of errors until the test ends. */
export async function open(
  { base, browser }: Stage,
  options: BrowserContextOptions,
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ locale: "en-GB", baseURL: base, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  return { context, page };
}

/** Collects what the page complains of: errors in the console and uncaught ones. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  return complaints;
}

let people = 0;

/** An e-mail that no test has used. */
export function newEmail(): string {
  people += 1;
  return `ada${people}@example.org`;
}

/** Signs up from wherever the page is, and returns the e-mail; ends at the tasks. */
export async function signUp(page: Page, email = newEmail()): Promise<string> {
  await page.goto("/sign-up");
  await page.getByLabel("Name").fill("Ada");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("heading", { name: "All tasks" }).waitFor();
  return email;
}

export async function signIn(page: Page, email: string): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export async function addTask(page: Page, title: string): Promise<void> {
  await page.getByLabel("Task", { exact: true }).fill(title);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await row(page, title).waitFor();
}

export function row(page: Page, title: string) {
  return page.getByRole("listitem").filter({ hasText: title });
}

/** Waits until the row's ring says the opposite: "Complete" becomes "Reopen". */
/** Adds a task and opens it. @returns the panel with it */
export async function openTask(page: Page, title: string): Promise<Locator> {
  await addTask(page, title);
  await row(page, title).getByRole("link").click();
  const task = page.locator(".detail");
  await task.getByLabel("Title").waitFor();
  return task;
}

export async function isCompleted(page: Page, title: string): Promise<void> {
  await page.getByRole("button", { name: `Reopen ${title}` }).waitFor();
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Account" }).filter({ visible: true }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
}

export async function fitsItsWidth(page: Page): Promise<void> {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wider <= 0, `${page.url()} scrolls sideways by ${wider} px`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  assert.ok(typeof address === "object" && address);
  probe.close();
  await once(probe, "close");
  return address.port;
}

async function ready(base: string, server: ChildProcess, said: readonly string[]): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    assert.equal(server.exitCode, null, `the server ended: ${said.join("")}`);
    const answer = await fetch(base).catch(() => undefined);
    if (answer?.ok) return;
    await pause(100);
  }
  assert.fail(`the server is not ready after 30 s: ${said.join("")}`);
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  server.kill("SIGTERM");
  const killed = setTimeout(() => server.kill("SIGKILL"), 12_000);
  await once(server, "exit");
  clearTimeout(killed);
}
