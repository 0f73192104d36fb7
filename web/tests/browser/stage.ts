/** A real server and a real browser for the tests of one file, which share them with no other file. */
import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { after } from "node:test";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";

const program = process.env.DOCKET_BIN ?? join(import.meta.dirname, "../../../target/release/docket");
const executablePath = process.env.DOCKET_CHROMIUM ?? "/usr/bin/chromium";
const args = (
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " +
  "--disable-component-update --disable-sync"
).split(" ");

/** Milliseconds for the server to start. A debug build on a busy machine needs several seconds. */
const startLimit = 60_000;

/** Milliseconds for the server to stop: it drains for 10 s. */
const stopLimit = 12_000;

/** Milliseconds that an action or an expectation may take. It only matters where a test fails. */
const actionLimit = 30_000;

type Server = ChildProcessByStdio<null, Readable, Readable>;

export interface Stage {
  /** The page's address, without a slash at the end. */
  readonly base: string;
  readonly browser: Browser;
}

export interface StageOptions {
  /** Keep left pages in memory and restore them on going back, as browsers do. Playwright switches that off. */
  readonly backForwardCache?: boolean;
}

/** Starts Chromium and `docket serve` with a folder and a port of its own. Both end with the test file. */
export async function stage({ backForwardCache = false }: StageOptions = {}): Promise<Stage> {
  const ignoreDefaultArgs = backForwardCache ? ["--disable-back-forward-cache"] : [];
  const browser = await chromium.launch({ executablePath, args, ignoreDefaultArgs });
  after(() => browser.close());
  const data = await mkdtemp(join(tmpdir(), "docket-browser-"));
  const server = start(data);
  after(async () => {
    await stop(server);
    await rm(data, { recursive: true, force: true });
  });
  return { base: await addressOf(server), browser };
}

/** Opens a page in a browser profile of its own. */
export async function open(
  { base, browser }: Stage,
  options: BrowserContextOptions,
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ locale: "en-GB", baseURL: base, ...options });
  context.setDefaultTimeout(actionLimit);
  const page = await context.newPage();
  return { context, page };
}

function start(data: string): Server {
  // The flags of a developer's own server are variables too, its database among them.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("DOCKET_")));
  // The system picks the port: one that was probed as free may be taken by the time that the server binds it.
  const server = spawn(program, ["serve", "--data-dir", data, "--listen", "127.0.0.1:0"], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  process.on("exit", () => server.kill("SIGKILL"));
  return server;
}

/** @returns the address that the server prints once it is ready. */
function addressOf(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const fail = (what: string): void => reject(new Error(`the server ${what}: ${output}`));
    const limit = setTimeout(() => fail(`is not ready after ${startLimit / 1000} s`), startLimit);
    server.once("error", ({ message }) => fail(`can't be started (${message})`));
    server.once("exit", (code, signal) => fail(`ended with ${code ?? signal}`));
    const read = (text: Buffer): void => {
      output += text.toString();
      const address = /^Docket is ready: (http:\/\/\S+)/m.exec(output)?.[1];
      if (!address) return;
      clearTimeout(limit);
      resolve(address);
    };
    server.stdout.on("data", read);
    server.stderr.on("data", read);
  });
}

async function stop(server: Server): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, "exit");
  server.kill("SIGTERM");
  const killing = setTimeout(() => server.kill("SIGKILL"), stopLimit);
  await ended;
  clearTimeout(killing);
}
