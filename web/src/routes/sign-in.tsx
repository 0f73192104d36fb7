/** The sign-in form, with the reason why the last session ended. */
import { createSignal, Show } from "solid-js";
import type { JSX } from "solid-js";
import { A } from "@solidjs/router";
import { useSession } from "../session/browser.ts";
import type { SignedOutReason } from "../session/session.ts";
import { Trouble } from "../ui/fault.tsx";
import { Field } from "../ui/field.tsx";
import { createSending } from "../ui/form.ts";
import { AuthPage, useOtherAuthPath } from "./auth-page.tsx";

const reasons: Record<SignedOutReason, string | undefined> = {
  none: undefined,
  ended: "Your session has ended. Sign in again.",
  signedOut: "You are signed out.",
  signedOutElsewhere: "You signed out in another tab.",
};

export default function SignIn(): JSX.Element {
  const session = useSession();
  const signUp = useOtherAuthPath("/sign-up");
  const [email, setEmail] = createSignal("");
  const [password, setPassword] = createSignal("");
  const sending = createSending(["email", "password"], () => session.signIn(email(), password()));
  const reason = (): string | undefined => {
    const state = session.state();
    return state.kind === "signedOut" ? reasons[state.reason] : undefined;
  };
  return (
    <AuthPage title="Sign in">
      <Show when={reason()}>
        <p class="banner" role="status">
          {reason()}
        </p>
      </Show>
      <form noValidate onSubmit={sending.submit}>
        <Field
          label="E-mail"
          name="email"
          type="email"
          autocomplete="username"
          value={email()}
          onValue={setEmail}
          fault={sending.fault("email")}
        />
        <Field
          label="Password"
          name="password"
          type="password"
          autocomplete="current-password"
          value={password()}
          onValue={setPassword}
          fault={sending.fault("password")}
        />
        <Trouble text={sending.trouble()} />
        <button class="primary" type="submit" aria-disabled={sending.busy()}>
          Sign in
        </button>
      </form>
      <p class="or">
        New here? <A href={signUp()}>Create an account</A>
      </p>
    </AuthPage>
  );
}
