/** Signing in, and why it is needed again. */
import { createSignal, Show } from "solid-js";
import type { JSX } from "solid-js";
import { A } from "@solidjs/router";
import { useSession } from "../session/browser.ts";
import type { Farewell } from "../session/session.ts";
import { Field } from "../ui/field.tsx";
import { createSending } from "../ui/form.ts";
import { Gate, useOtherGate } from "./gate.tsx";

const farewells: Record<Farewell, string | undefined> = {
  none: undefined,
  ended: "Your session has ended. Sign in again.",
  signedOut: "You are signed out.",
  signedOutElsewhere: "You signed out in another tab.",
};

export default function SignIn(): JSX.Element {
  const session = useSession();
  const signUp = useOtherGate("/sign-up");
  const [email, setEmail] = createSignal("");
  const [password, setPassword] = createSignal("");
  const sending = createSending(["email", "password"], () => session.signIn(email(), password()));
  const farewell = (): string | undefined => {
    const state = session.state();
    return state.kind === "signedOut" ? farewells[state.farewell] : undefined;
  };
  return (
    <Gate title="Sign in">
      <Show when={farewell()}>
        <p class="banner" role="status">
          {farewell()}
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
        <div role="alert">
          <Show when={sending.trouble()}>
            <p class="trouble">{sending.trouble()}</p>
          </Show>
        </div>
        <button class="primary" type="submit" aria-disabled={sending.busy()}>
          Sign in
        </button>
      </form>
      <p class="or">
        New here? <A href={signUp()}>Create an account</A>
      </p>
    </Gate>
  );
}
