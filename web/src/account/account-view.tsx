/** The account, and signing out. */
import { createClient } from "@connectrpc/connect";
import { createSignal, Match, Switch } from "solid-js";
import type { JSX } from "solid-js";
import { failureOf } from "../errors.ts";
import type { Failure } from "../errors.ts";
import { AccountService } from "../gen/docket/auth/v1/account_service_pb.ts";
import type { Account } from "../gen/docket/auth/v1/account_pb.ts";
import { useSession } from "../session/browser.ts";
import { Trouble } from "../ui/fault.tsx";
import { createSending } from "../ui/form.ts";
import { Failed, Skeleton } from "../ui/states.tsx";
import { View } from "../workspace/view.tsx";
import "../styles/account.css";

export default function AccountView(): JSX.Element {
  const session = useSession();
  const client = createClient(AccountService, session.transport);
  const [account, setAccount] = createSignal<Account>();
  const [failure, setFailure] = createSignal<Failure>();
  const load = async (): Promise<void> => {
    setFailure(undefined);
    try {
      setAccount((await client.getAccount({})).account);
    } catch (error) {
      setFailure(failureOf(error));
    }
  };
  void load();
  const leaving = createSending([], () => session.signOut());
  return (
    <View title="Account">
      <Switch>
        <Match when={account()}>
          {(known) => (
            <dl class="facts">
              <dt>Name</dt>
              <dd>{known().displayName}</dd>
              <dt>E-mail</dt>
              <dd>{known().email}</dd>
            </dl>
          )}
        </Match>
        <Match when={failure()}>
          {(failed) => (
            <Failed
              title="Your account can't be shown"
              message={failed().message}
              action="Try again"
              onAction={() => void load()}
            />
          )}
        </Match>
        <Match when={true}>
          <Skeleton label="Loading your account" lines={2} />
        </Match>
      </Switch>
      <form onSubmit={leaving.submit}>
        <Trouble text={leaving.trouble() && `You are still signed in. ${leaving.trouble()}`} />
        <button type="submit" class="quiet leave" aria-disabled={leaving.busy()}>
          Sign out
        </button>
      </form>
    </View>
  );
}
