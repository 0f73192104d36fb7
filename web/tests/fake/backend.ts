/** Both services in memory, for unit tests and for looking at the page without a server. Never shipped. */
import { createRouterTransport } from "@connectrpc/connect";
import type { ConnectRouter, HandlerContext, Interceptor, Transport } from "@connectrpc/connect";
import { FakeAccounts } from "./accounts.ts";
import { FakeTasks } from "./tasks.ts";

export class FakeBackend {
  readonly accounts = new FakeAccounts();
  readonly #tasks: FakeTasks;
  /** The path of every call in order: "docket.task.v1.TaskService/CreateTask". */
  readonly calls: string[] = [];
  /** Looks at every call before the services do; what it throws is the answer. */
  onCall: (method: string, header: Headers) => void | Promise<void> = () => undefined;
  /** Looks at every call that has been done; what it throws is the answer in place of the real one. */
  onAnswer: (method: string) => void | Promise<void> = () => undefined;
  #cookie = "";

  constructor() {
    this.#tasks = new FakeTasks((context: HandlerContext) => this.accounts.session(context).accountId);
  }

  readonly routes = (router: ConnectRouter): void => {
    this.accounts.routes(router);
    this.#tasks.routes(router);
  };

  /** A way to these services in the same process, with a browser's cookies. */
  transport(interceptor: Interceptor): Transport {
    const browser: Interceptor = (next) => async (request) => {
      this.calls.push(`${request.service.typeName}/${request.method.name}`);
      await this.onCall(request.method.name, request.header);
      if (this.#cookie) request.header.set("cookie", this.#cookie);
      const response = await next(request);
      await this.onAnswer(request.method.name);
      this.#cookie = response.header.get("set-cookie")?.split(";")[0] ?? this.#cookie;
      return response;
    };
    return createRouterTransport(this.routes, { transport: { interceptors: [interceptor, browser] } });
  }

  countOf(method: string): number {
    return this.calls.filter((call) => call.endsWith(`/${method}`)).length;
  }
}
