/**
 * The page's built files and the stand-in services on one port, called as the real program is:
 * `docket serve --listen 127.0.0.1:8080`. For looking at the page where the real program is not built.
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";
import { parseArgs } from "node:util";
import { createConnectRouter } from "@connectrpc/connect";
import { createFetchHandler } from "@connectrpc/connect/protocol";
import { FakeBackend } from "./backend.ts";

const dist = join(import.meta.dirname, "../../dist");

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const { values } = parseArgs({
  allowPositionals: true,
  options: { listen: { type: "string", default: "127.0.0.1:8080" }, "data-dir": { type: "string" } },
});
const [host = "127.0.0.1", port = "8080"] = values.listen.split(":");

const backend = new FakeBackend();
const router = createConnectRouter({ connect: false, grpc: false });
backend.routes(router);
const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, createFetchHandler(handler)]));

const server = createServer((request, response) => void answer(request, response));
server.listen(Number(port), host, () => {
  const address = server.address();
  const bound = typeof address === "object" && address ? address.port : port;
  console.log(`Docket is ready: http://${host}:${bound}`);
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", `http://${values.listen}`);
  const handler = handlers.get(url.pathname);
  if (handler) return call(handler, url, request, response);
  if (request.method !== "GET") return void response.writeHead(404).end();
  const file = normalize(url.pathname);
  const name = extname(file) === "" ? "/index.html" : file;
  try {
    const body = await readFile(join(dist, name));
    response.writeHead(200, { "content-type": types[extname(name)], "content-security-policy": policy }).end(body);
  } catch {
    response.writeHead(404).end();
  }
}

async function call(
  handler: (request: Request) => Promise<Response>,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const foreign =
    request.headers["sec-fetch-site"] === "cross-site" || request.headers["sec-fetch-site"] === "same-site";
  const grpc = request.headers["content-type"]?.startsWith("application/grpc-web");
  if (foreign || !grpc || request.method !== "POST") return void response.writeHead(403).end();
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const headers = new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const answered = await handler(new Request(url, { method: "POST", headers, body: Buffer.concat(parts) }));
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  response.end(Buffer.from(await answered.arrayBuffer()));
}
