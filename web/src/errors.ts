/**
 * Failed calls, distinguished by the reason that the server publishes, with messages for users.
 *
 * The server's message of an error is for developers and is never shown. Its descriptions of fields are shown.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "./gen/google/rpc/error_details_pb.ts";

const ended = "Your session has ended. Sign in again.";
const busy = "The server is busy.";
const unavailable = "The server can't answer just now.";

/** A message for every reason of specs/errors.md. UNREACHABLE is of this client: no answer arrived. */
const messages = {
  INVALID_ARGUMENT: "Some of this can't be saved as it is.",
  TOKEN_MISSING: ended,
  TOKEN_INVALID: ended,
  TOKEN_EXPIRED: ended,
  TOKEN_REVOKED: ended,
  REFRESH_INVALID: ended,
  REFRESH_EXPIRED: ended,
  REFRESH_REPLAYED: ended,
  BAD_CREDENTIALS: "Invalid e-mail or password.",
  PERMISSION_DENIED: "This isn't allowed.",
  NOT_FOUND: "This isn't here any more.",
  EMAIL_TAKEN: "This e-mail already has an account.",
  ID_TAKEN: "This has been saved already.",
  NOT_DELETED: "This isn't in the trash any more.",
  ETAG_MISMATCH: "This was changed elsewhere in the meantime.",
  EMAIL_UNVERIFIED: "Follow the link in our mail to confirm your e-mail first.",
  LIST_NOT_EMPTY: "This list still holds tasks.",
  SYNC_TOKEN_EXPIRED: "This page is out of date. Reload it.",
  TOO_DEEP: "Steps can't be nested any deeper.",
  REQUEST_ID_REUSED: "This was saved already, with other content.",
  MALFORMED_MESSAGE: "This page doesn't fit the server. Reload it.",
  TOO_MANY_ATTEMPTS: "Too many tries.",
  RATE_LIMITED: "That was a lot at once.",
  BUSY: busy,
  MESSAGE_TOO_LARGE: "This is too long to be sent.",
  QUOTA_EXCEEDED: "There is no room left in this account.",
  STORAGE_FULL: "The server has no room left.",
  DATABASE_UNAVAILABLE: unavailable,
  KEYS_UNAVAILABLE: unavailable,
  REVOCATIONS_STALE: unavailable,
  CLOCK_SKEW: unavailable,
  UPSTREAM_UNAVAILABLE: unavailable,
  SHUTTING_DOWN: unavailable,
  DEADLINE: "The server took too long.",
  UNIMPLEMENTED: "The server can't do this yet.",
  INTERNAL: "Something went wrong on the server.",
  UNREACHABLE: "No connection to the server.",
} as const satisfies Record<string, string>;

export type Reason = keyof typeof messages;

/** A failed call, as the page shows it. */
export interface Failure {
  readonly reason: Reason;
  /** One or two sentences. */
  readonly message: string;
  /** What is wrong with each field, as a sentence, by the path that the request gave it: "task.title". */
  readonly fields: ReadonlyMap<string, string>;
}

/** Thrown instead of making a call while nobody is signed in. */
export class SignedOutError extends Error {
  constructor() {
    super("nobody is signed in");
  }
}

/** Reasons after which no call with this session can succeed. */
const sessionEnding: ReadonlySet<Reason> = new Set<Reason>([
  "TOKEN_MISSING",
  "TOKEN_REVOKED",
  "REFRESH_INVALID",
  "REFRESH_EXPIRED",
  "REFRESH_REPLAYED",
]);

/** Reasons that may pass, so that the same call is worth a retry. */
const transient: ReadonlySet<Reason> = new Set<Reason>([
  "RATE_LIMITED",
  "BUSY",
  "DATABASE_UNAVAILABLE",
  "KEYS_UNAVAILABLE",
  "REVOCATIONS_STALE",
  "CLOCK_SKEW",
  "UPSTREAM_UNAVAILABLE",
  "SHUTTING_DOWN",
  "DEADLINE",
  "INTERNAL",
  "UNREACHABLE",
]);

/** Whether the token alone was refused: the session may have another. */
export function refusesToken(error: unknown): boolean {
  const reason = reasonOf(error);
  return reason === "TOKEN_EXPIRED" || reason === "TOKEN_INVALID";
}

/** Whether the server refused what the call came with, and would refuse it again. */
export function refusesSession(error: unknown): boolean {
  return refusesToken(error) || sessionEnding.has(reasonOf(error));
}

export function isTransient(reason: Reason): boolean {
  return transient.has(reason);
}

export function reasonOf(error: unknown): Reason {
  if (error instanceof SignedOutError) return "TOKEN_MISSING";
  // fetch rejects with a TypeError where no answer arrived, whatever kept it away.
  if (error instanceof TypeError) return "UNREACHABLE";
  if (!(error instanceof ConnectError)) return "INTERNAL";
  if (error.cause instanceof TypeError || error.cause instanceof SignedOutError) return reasonOf(error.cause);
  const info = error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === "docket");
  return info && isReason(info.reason) ? info.reason : reasonOfCode(error.code);
}

/** The retry delay that the server asks for, in seconds, rounded up. */
export function retryDelayOf(error: unknown): number | undefined {
  if (!(error instanceof ConnectError)) return undefined;
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return delay && Math.ceil(Number(delay.seconds) + delay.nanos / 1e9);
}

export function failureOf(error: unknown): Failure {
  const reason = reasonOf(error);
  return { reason, message: messageOf(error, reason), fields: fieldsOf(error) };
}

/** The faults of fields that the form does not have, as one text. @param shown The paths of the fields that it has. */
export function otherFaults(failure: Failure, shown: readonly string[]): string {
  const rest = [...failure.fields].filter(([path]) => !shown.includes(path));
  return rest.map(([path, fault]) => `${path}: ${fault}`).join(" ");
}

function messageOf(error: unknown, reason: Reason): string {
  const said = messages[reason];
  if (error instanceof ConnectError && error.code === Code.ResourceExhausted) {
    const seconds = retryDelayOf(error);
    if (seconds !== undefined) return `${said} Try again in ${waiting(seconds)}.`;
  }
  return isTransient(reason) ? `${said} Try again.` : said;
}

function waiting(seconds: number): string {
  return seconds < 120 ? `${Math.max(1, seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

function fieldsOf(error: unknown): ReadonlyMap<string, string> {
  const faults = new Map<string, string>();
  if (!(error instanceof ConnectError)) return faults;
  for (const { fieldViolations } of error.findDetails(BadRequestSchema)) {
    for (const { field, description } of fieldViolations) {
      const earlier = faults.get(field);
      faults.set(field, earlier ? `${earlier} ${sentence(description)}` : sentence(description));
    }
  }
  return faults;
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

function isReason(reason: string): reason is Reason {
  return Object.hasOwn(messages, reason);
}

/** For errors without a reason: those of a proxy, and those made by this client. */
function reasonOfCode(code: Code): Reason {
  switch (code) {
    case Code.Unauthenticated:
      return "TOKEN_INVALID";
    case Code.NotFound:
      return "NOT_FOUND";
    case Code.InvalidArgument:
      return "INVALID_ARGUMENT";
    case Code.ResourceExhausted:
      return "BUSY";
    case Code.Unavailable:
      return "UPSTREAM_UNAVAILABLE";
    case Code.PermissionDenied:
      return "PERMISSION_DENIED";
    case Code.Unimplemented:
      return "UNIMPLEMENTED";
    case Code.DeadlineExceeded:
    case Code.Canceled:
      return "DEADLINE";
    default:
      return "INTERNAL";
  }
}
