/** The sign-up form. */
import { createSignal, Match, Switch } from "solid-js";
import type { JSX } from "solid-js";
import { A } from "@solidjs/router";
import { useSession } from "../session/browser.ts";
import { Trouble } from "../ui/fault.tsx";
import { Field } from "../ui/field.tsx";
import { createSending } from "../ui/form.ts";
import { AuthPage, useOtherAuthPath } from "./auth-page.tsx";

export default function SignUp(): JSX.Element {
  const session = useSession();
  const signIn = useOtherAuthPath("/sign-in");
  const [name, setName] = createSignal("");
  const [email, setEmail] = createSignal("");
  const [password, setPassword] = createSignal("");
  const [mailed, setMailed] = createSignal<string>();
  const sending = createSending(["display_name", "email", "password"], async () => {
    if (await session.signUp(name(), email(), password())) setMailed(email());
  });
  const taken = (): boolean => sending.failure()?.reason === "EMAIL_TAKEN";
  return (
    <Switch>
      <Match when={mailed()}>
        <AuthPage title="Look into your mail">
          <p>We have sent a link to {mailed()}. Follow it, then sign in.</p>
          <p class="or">
            <A href={signIn()}>Sign in</A>
          </p>
        </AuthPage>
      </Match>
      <Match when={true}>
        <AuthPage title="Create your account" lead="Your tasks stay on this server.">
          <form noValidate onSubmit={sending.submit}>
            <Field
              label="Name"
              name="name"
              autocomplete="name"
              value={name()}
              onValue={setName}
              fault={sending.fault("display_name")}
            />
            <Field
              label="E-mail"
              name="email"
              type="email"
              autocomplete="username"
              value={email()}
              onValue={setEmail}
              fault={taken() ? sending.trouble() : sending.fault("email")}
            />
            <Field
              label="Password"
              name="password"
              type="password"
              autocomplete="new-password"
              hint="At least 8 characters. A few unrelated words are good."
              value={password()}
              onValue={setPassword}
              fault={sending.fault("password")}
            />
            <Trouble text={taken() ? undefined : sending.trouble()} />
            <button class="primary" type="submit" aria-disabled={sending.busy()}>
              Create account
            </button>
          </form>
          <p class="or">
            Already here? <A href={signIn()}>Sign in</A>
          </p>
        </AuthPage>
      </Match>
    </Switch>
  );
}
