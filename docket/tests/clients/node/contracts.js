// Docket's contracts as @grpc/proto-loader reads them, and calls as promises.

import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { Metadata, credentials, loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const PROTO = fileURLToPath(new URL("../../../../proto/", import.meta.url));
const SERVICE_CONFIG = readFileSync(`${PROTO}grpc_service_config.json`, "utf8");

const files = readdirSync(PROTO, { recursive: true }).filter((path) => path.endsWith(".proto"));
const definitions = loadSync(files, {
  includeDirs: [PROTO],
  keepCase: true,
  enums: String,
  longs: String,
  defaults: true,
  json: true,
});
const { docket } = loadPackageDefinition(definitions);

/** The services at two addresses, each method a function of request and access token that gives a promise. */
export function connect(authAddress, taskAddress) {
  const open = (Service, address) =>
    new Service(address, credentials.createInsecure(), { "grpc.service_config": SERVICE_CONFIG });
  const clients = {
    auth: open(docket.auth.v1.AuthService, authAddress),
    accounts: open(docket.auth.v1.AccountService, authAddress),
    tasks: open(docket.task.v1.TaskService, taskAddress),
  };
  const services = Object.entries(clients).map(([name, client]) => [name, methods(client)]);
  const close = () => Object.values(clients).forEach((client) => client.close());
  return { ...Object.fromEntries(services), close };
}

function methods(client) {
  const call = (name) => {
    const method = promisify(client[name].bind(client));
    return (request, accessToken) => method(request, metadata(accessToken));
  };
  return new Proxy({}, { get: (_, name) => call(name) });
}

function metadata(accessToken) {
  const metadata = new Metadata();
  if (accessToken) metadata.set("authorization", `Bearer ${accessToken}`);
  return metadata;
}

/** The google.rpc.Status of a failed call, its details as objects that carry their type in "@type". */
export function statusOf(error) {
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  if (!bytes) throw error;
  return definitions["google.rpc.Status"].deserialize(bytes);
}
