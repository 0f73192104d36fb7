/** Refusals as the server makes them: one reason, and what goes with it. */
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../../src/gen/google/rpc/error_details_pb.ts";

type Detail = NonNullable<ConstructorParameters<typeof ConnectError>[3]>[number];

export function refusal(code: Code, reason: string, ...more: Detail[]): ConnectError {
  const info = { desc: ErrorInfoSchema, value: { reason, domain: "docket" } };
  return new ConnectError(reason.toLowerCase(), code, undefined, [info, ...more]);
}

export function unauthenticated(reason: string): ConnectError {
  return refusal(Code.Unauthenticated, reason);
}

export function notFound(): ConnectError {
  return refusal(Code.NotFound, "NOT_FOUND");
}

/** @param faults What is wrong with each field, by its path. */
export function invalid(faults: Record<string, string>): ConnectError {
  const fieldViolations = Object.entries(faults).map(([field, description]) => ({ field, description }));
  const value = { fieldViolations };
  return refusal(Code.InvalidArgument, "INVALID_ARGUMENT", { desc: BadRequestSchema, value });
}

export function retryAfter(code: Code, reason: string, seconds: number): ConnectError {
  const value = { retryDelay: { seconds: BigInt(seconds), nanos: 0 } };
  return refusal(code, reason, { desc: RetryInfoSchema, value });
}
