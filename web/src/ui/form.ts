/** Submission of a form: one request at a time, with the failure of the last one. */
import { createSignal } from "solid-js";
import type { Accessor } from "solid-js";
import { failureOf, otherFaults } from "../errors.ts";
import type { Failure } from "../errors.ts";
import { focusFirstFault } from "./field.tsx";

export interface Sending {
  readonly busy: Accessor<boolean>;
  /** The fault of the field with this path in the request. */
  fault(path: string): string | undefined;
  /** The message of a failure that belongs to no field. */
  readonly trouble: Accessor<string | undefined>;
  readonly failure: Accessor<Failure | undefined>;
  /** Handles the submit event. */
  submit(event: SubmitEvent & { currentTarget: HTMLFormElement }): void;
  /** Forgets the last failure. */
  clear(): void;
}

/**
 * @param paths The fields that the form shows, as the request calls them.
 * @param send Makes the request; an error that it throws becomes the failure.
 */
export function createSending(paths: readonly string[], send: () => Promise<void>): Sending {
  const [busy, setBusy] = createSignal(false);
  const [failure, setFailure] = createSignal<Failure>();
  const trouble = (): string | undefined => {
    const failed = failure();
    if (!failed) return undefined;
    if (failed.reason !== "INVALID_ARGUMENT") return failed.message;
    const beside = paths.some((path) => failed.fields.has(path));
    return otherFaults(failed, paths) || (beside ? undefined : failed.message);
  };
  const submit: Sending["submit"] = async (event) => {
    event.preventDefault();
    if (busy()) return;
    const form = event.currentTarget;
    setBusy(true);
    try {
      await send();
      setFailure(undefined);
    } catch (error) {
      setFailure(failureOf(error));
      focusFirstFault(form);
    } finally {
      setBusy(false);
    }
  };
  const clear = (): void => void setFailure(undefined);
  return { busy, failure, trouble, fault: (path) => failure()?.fields.get(path), submit, clear };
}
