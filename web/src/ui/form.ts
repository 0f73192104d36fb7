/** Sending a form: one at a time, with what was refused kept for showing. */
import { createSignal } from "solid-js";
import type { Accessor } from "solid-js";
import { elsewhere, failureOf } from "../errors.ts";
import type { Failure } from "../errors.ts";
import { focusFirstFault } from "./field.tsx";

export interface Sending {
  readonly busy: Accessor<boolean>;
  /** What is wrong with the field of this path in the request. */
  fault(path: string): string | undefined;
  /** What no field can show. */
  readonly trouble: Accessor<string | undefined>;
  readonly failure: Accessor<Failure | undefined>;
  /** For a form's submit event. */
  submit(event: SubmitEvent & { currentTarget: HTMLFormElement }): void;
  /** Forgets what was refused: it is wanted no longer. */
  clear(): void;
}

/**
 * @param paths The fields that the form shows, as the request calls them.
 * @param send Does the work; what it throws is shown.
 */
export function createSending(paths: readonly string[], send: () => Promise<void>): Sending {
  const [busy, setBusy] = createSignal(false);
  const [failure, setFailure] = createSignal<Failure>();
  const trouble = (): string | undefined => {
    const failed = failure();
    if (!failed) return undefined;
    if (failed.reason !== "INVALID_ARGUMENT") return failed.message;
    const beside = paths.some((path) => failed.fields.has(path));
    return elsewhere(failed, paths) || (beside ? undefined : failed.message);
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
