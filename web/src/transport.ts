/**
 * The transport to the server: gRPC-Web on the page's own origin, with one interceptor.
 *
 * The interceptor adds the access token and the time zone, refreshes an expired token once, and retries calls while the
 * server is unavailable, where a retry is safe.
 */
import { getOption } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import type {
  Interceptor,
  StreamRequest,
  StreamResponse,
  Transport,
  UnaryRequest,
  UnaryResponse,
} from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { reasonOf, refusesSession, refusesToken, retryDelayOf } from "./errors.ts";
import { Credential, credential } from "./gen/docket/options/v1/options_pb.ts";

/** Where the interceptor gets access tokens from: the session. */
export interface TokenSource {
  /** The current token, refreshed first if it is about to expire. */
  token(): Promise<string>;
  /** A token that is newer than the refused one. */
  renewed(refused: string): Promise<string>;
  /** Reports that the session of this token has ended. */
  ended(refused: string): void;
}

/** What the interceptor depends on; tests provide their own. */
export interface Surroundings {
  /** An IANA name: "Europe/Berlin". */
  timeZone(): string;
  pause(milliseconds: number): Promise<void>;
  /** From 0 to below 1. */
  random(): number;
}

type Request = UnaryRequest | StreamRequest;
type Response = UnaryResponse | StreamResponse;
type Next = (request: Request) => Promise<Response>;

/** The retry policy of proto/grpc_service_config.json; times in milliseconds. */
const maxAttempts = 4;
const initialBackoff = 200;
const maxBackoff = 3_000;

/** Milliseconds for a call with all its attempts. It is sent as the deadline, at which the server stops as well. */
const callTimeout = 15_000;

export function createDocketTransport(baseUrl: string, access: TokenSource, surroundings: Surroundings): Transport {
  return createGrpcWebTransport({
    baseUrl,
    defaultTimeoutMs: callTimeout,
    interceptors: [docketInterceptor(access, surroundings)],
  });
}

export function docketInterceptor(access: TokenSource, surroundings: Surroundings): Interceptor {
  return (next) => {
    const again = retrying(next, surroundings);
    const send: Next = (request) => {
      if (isOpen(request)) return again(request);
      if (request.service.typeName.startsWith("docket.task.")) {
        request.header.set("docket-time-zone", surroundings.timeZone());
      }
      return signed(request, again, access);
    };
    return (request) => unlessAborted(request.signal, send(request));
  };
}

/** The answer, unless the call's time is up first. fetch sees to that by itself; a token or a pause is waited for here. */
function unlessAborted<T>(signal: AbortSignal, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    answer.then(resolve, reject);
  });
}

/** Whether the contract asks for no token. */
function isOpen(request: Request): boolean {
  return getOption(request.method, credential) === Credential.NONE;
}

async function signed(request: Request, next: Next, access: TokenSource): Promise<Response> {
  let token = await access.token();
  for (let renewals = 0; ; renewals += 1) {
    request.header.set("authorization", `Bearer ${token}`);
    try {
      return await next(request);
    } catch (error) {
      if (refusesToken(error) && renewals === 0) {
        token = await access.renewed(token);
        continue;
      }
      if (refusesSession(error)) access.ended(token);
      throw error;
    }
  }
}

function retrying(next: Next, { pause, random }: Surroundings): Next {
  return async (request) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await next(request);
      } catch (error) {
        if (attempt === maxAttempts || !isUnavailable(error) || !isSafeToRepeat(request)) throw error;
        const asked = (retryDelayOf(error) ?? 0) * 1000;
        if (asked > maxBackoff) throw error;
        await pause(Math.max(asked, initialBackoff * 2 ** (attempt - 1) * (0.5 + random() / 2)));
        request.signal.throwIfAborted();
      }
    }
  };
}

function isUnavailable(error: unknown): boolean {
  return reasonOf(error) === "UNREACHABLE" || (error instanceof ConnectError && error.code === Code.Unavailable);
}

/** Reads, as the contract marks them, and writes that the server recognises by their request id. */
function isSafeToRepeat(request: Request): boolean {
  if (request.stream) return false;
  const message: object = request.message;
  const onlyReads = request.method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
  return onlyReads || ("requestId" in message && message.requestId !== "");
}
