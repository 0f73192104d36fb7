/** A page of another origin can't act with the reader's cookie. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { addTask, desk, row, signUp } from "./kit.ts";
import { open, stage } from "./stage.ts";

const docket = await stage();
const neighbour = createServer((_request, response) => response.setHeader("content-type", "text/html").end("<p>hello"));
neighbour.listen(0);
await once(neighbour, "listening");
after(() => neighbour.close());
const address = neighbour.address();
assert.ok(typeof address === "object" && address);

/** The first is of the same site, so that the browser sends the cookie along; the second is of another site. */
const neighbours = [`http://127.0.0.1:${address.port}`, `http://localhost:${address.port}`];
const calls = ["SignOut", "RefreshSession"].map((method) => `${docket.base}/docket.auth.v1.AuthService/${method}`);

/** An empty message in a gRPC-Web frame. */
const frame = "\0\0\0\0\0";

for (const origin of neighbours) {
  test(`nothing that ${new URL(origin).hostname} sends from another port has an effect`, async () => {
    const { context, page } = await open(docket, { viewport: desk });
    await signUp(page);
    await addTask(page, "Mine");
    const before = await context.cookies(docket.base);
    const foreign = await context.newPage();
    for (const call of calls) {
      await sent(foreign, origin, call);
      await posted(context, origin, call);
    }
    assert.deepEqual(valuesOf(await context.cookies(docket.base)), valuesOf(before));
    await addTask(page, "Still mine");
    await page.reload();
    await row(page, "Still mine").waitFor();
    await context.close();
  });

  test(`nothing that the server answers can be read from ${new URL(origin).hostname} at another port`, async () => {
    const { context, page } = await open(docket, { viewport: desk });
    await signUp(page);
    const foreign = await context.newPage();
    await foreign.goto(origin);
    for (const call of calls) {
      const read = await foreign.evaluate(
        ([url, body]) =>
          fetch(url, {
            method: "POST",
            credentials: "include",
            headers: { "content-type": "application/grpc-web+proto" },
            body,
          }).then(
            (response) => `answered ${response.status}`,
            () => "refused",
          ),
        [call, frame] as const,
      );
      assert.equal(read, "refused");
    }
    await context.close();
  });
}

/** By script, as content that needs no leave of the server's, and as gRPC-Web. */
async function sent(foreign: Page, origin: string, call: string): Promise<void> {
  await foreign.goto(origin);
  await foreign.evaluate(
    async ([url, body]) => {
      const types = ["text/plain", "application/x-www-form-urlencoded", "application/grpc-web+proto"];
      for (const type of types) {
        for (const mode of ["no-cors", "cors"] as const) {
          const headers = { "content-type": type };
          await fetch(url, { method: "POST", mode, credentials: "include", headers, body }).catch(() => undefined);
        }
      }
    },
    [call, frame] as const,
  );
}

/** By a form, which takes the whole page along. */
async function posted(context: BrowserContext, origin: string, call: string): Promise<void> {
  const foreign = await context.newPage();
  await foreign.goto(origin);
  const answered = foreign.waitForResponse(call);
  await foreign.evaluate(
    ([url, body]) => {
      const form = document.createElement("form");
      Object.assign(form, { method: "POST", action: url, enctype: "text/plain" });
      const field = document.createElement("input");
      Object.assign(field, { name: body, value: body });
      form.append(field);
      document.body.append(form);
      form.submit();
    },
    [call, frame] as const,
  );
  assert.ok((await answered).status() >= 400);
  await foreign.close();
}

function valuesOf(cookies: Awaited<ReturnType<BrowserContext["cookies"]>>): string[] {
  return cookies.map(({ name, value }) => `${name}=${value}`);
}
