/**
 * Who is signed in: the state machine of this tab, kept in step with the other tabs.
 *
 * The access token is in this object only; the refresh token is in a cookie that no script can read. The access token
 * is refreshed when a call needs it, so an idle tab makes no calls.
 */
import { createClient } from "@connectrpc/connect";
import type { Client, Transport } from "@connectrpc/connect";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { createSignal } from "solid-js";
import type { Accessor } from "solid-js";
import { failureOf, refusesSession, SignedOutError } from "../errors.ts";
import type { Failure } from "../errors.ts";
import { AuthService, SignOutRequest_Scope, TokenDelivery } from "../gen/docket/auth/v1/auth_service_pb.ts";
import type { SessionTokens } from "../gen/docket/auth/v1/session_pb.ts";
import type { TokenSource } from "../transport.ts";
import type { PageStorage } from "./storage.ts";
import type { Tabs } from "./tabs.ts";

/** Why nobody is signed in: there was no session, it ended, or the user signed out here or in another tab. */
export type SignedOutReason = "none" | "ended" | "signedOut" | "signedOutElsewhere";

export type SessionState =
  | { readonly kind: "restoring" }
  | { readonly kind: "unreachable"; readonly failure: Failure }
  | { readonly kind: "signedOut"; readonly reason: SignedOutReason }
  | { readonly kind: "signedIn"; readonly sessionId: string };

/** What the session depends on. */
export interface SessionParts {
  /** Makes the transport that sends this session's tokens. */
  connect(access: TokenSource): Transport;
  readonly tabs: Tabs;
  readonly storage: PageStorage;
  /** Runs the work while no other tab runs any. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /** Milliseconds since 1970. */
  now(): number;
  newId(): string;
}

interface AccessToken {
  readonly token: string;
  readonly sessionId: string;
  /** Both in milliseconds since 1970. */
  readonly renewAt: number;
  readonly expireAt: number;
}

/** Milliseconds before its expiry at which a token is refreshed, so that none expires in transit. */
const renewalMargin = 60_000;

/** Milliseconds for which a token is used whatever its expiry: a wrong clock must not cause a refresh with every call. */
const minLifetime = 30_000;

export class Session implements TokenSource {
  readonly state: Accessor<SessionState>;
  readonly transport: Transport;
  readonly #setState: (state: SessionState) => void;
  readonly #parts: SessionParts;
  readonly #auth: Client<typeof AuthService>;
  #current: AccessToken | undefined;
  #renewal: Promise<AccessToken> | undefined;

  constructor(parts: SessionParts) {
    const [state, setState] = createSignal<SessionState>({ kind: "restoring" });
    this.state = state;
    this.#setState = setState;
    this.#parts = parts;
    this.transport = parts.connect(this);
    this.#auth = createClient(AuthService, this.transport);
    parts.tabs.listen((event) => {
      if (event.kind === "signedOut" && this.#current?.sessionId === event.sessionId) this.#end("signedOutElsewhere");
      if (event.kind === "signedIn" && this.#current?.sessionId !== event.sessionId) void this.restore();
    });
  }

  /** Restores the session of the cookie, if any. Never throws: the result is in the state. */
  async restore(): Promise<void> {
    await this.#renewal?.catch(() => undefined);
    this.#current = undefined;
    this.#setState({ kind: "restoring" });
    try {
      await this.#renew();
    } catch (error) {
      // Where the session has ended the state says so already.
      if (this.state().kind === "restoring") this.#setState({ kind: "unreachable", failure: failureOf(error) });
    }
  }

  /** @throws what the server refused; see `failureOf`. */
  async signIn(email: string, password: string): Promise<void> {
    const answer = await this.#auth.signIn({ email, password, tokenDelivery: TokenDelivery.COOKIE });
    this.#begin(answer.tokens);
  }

  /**
   * Creates an account and signs it in, where the server asks for no confirmation of the e-mail first.
   *
   * @returns true where that confirmation has to come first.
   * @throws what the server refused; see `failureOf`.
   */
  async signUp(displayName: string, email: string, password: string): Promise<boolean> {
    const request = { displayName, email, password, tokenDelivery: TokenDelivery.COOKIE };
    const answer = await this.#auth.signUp(request);
    if (!answer.emailVerificationRequired) this.#begin(answer.tokens);
    return answer.emailVerificationRequired;
  }

  /** Ends this session everywhere. @throws where the server can't be reached: the session then continues. */
  async signOut(): Promise<void> {
    const sessionId = this.#current?.sessionId;
    await this.#renewal?.catch(() => undefined);
    try {
      await this.#auth.signOut({ scope: SignOutRequest_Scope.THIS });
    } catch (error) {
      if (!refusesSession(error)) throw error;
    }
    this.#end("signedOut");
    if (sessionId) this.#parts.tabs.post({ kind: "signedOut", sessionId });
  }

  async token(): Promise<string> {
    const held = this.#current;
    if (!held) return (await (this.#renewal ?? Promise.reject(new SignedOutError()))).token;
    if (this.#parts.now() < held.renewAt) return held.token;
    try {
      return (await this.#renew()).token;
    } catch (error) {
      // The token is valid until its expiry even if the auth service can't be reached: the task service accepts it.
      if (this.#current === held && this.#parts.now() < held.expireAt) return held.token;
      throw error;
    }
  }

  async renewed(refused: string): Promise<string> {
    const held = this.#current;
    if (held && held.token !== refused) return held.token;
    return (await this.#renew()).token;
  }

  ended(refused: string): void {
    if (this.#current?.token === refused) this.#end("ended");
  }

  #renew(): Promise<AccessToken> {
    this.#renewal ??= this.#parts
      .exclusive(() => this.#refresh())
      .finally(() => {
        this.#renewal = undefined;
      });
    return this.#renewal;
  }

  async #refresh(): Promise<AccessToken> {
    const { storage, newId } = this.#parts;
    const before = this.#current;
    // Stored until an answer arrives: with the same id the server repeats an answer that was lost.
    const requestId = storage.read("refreshRequest") ?? newId();
    storage.write("refreshRequest", requestId);
    try {
      const { tokens } = await this.#auth.refreshSession({ requestId, tokenDelivery: TokenDelivery.COOKIE });
      storage.erase("refreshRequest");
      return this.#accept(before, tokens);
    } catch (error) {
      if (refusesSession(error)) {
        storage.erase("refreshRequest");
        if (this.#current === before) this.#end(storage.read("session") ? "ended" : "none");
      }
      throw error;
    }
  }

  /** Takes a refreshed token, unless the session that requested it has ended or changed meanwhile. */
  #accept(before: AccessToken | undefined, tokens: SessionTokens | undefined): AccessToken {
    const state = this.state().kind;
    if (this.#current !== before || state === "signedOut") throw new SignedOutError();
    const held = this.#setTokens(tokens);
    // Another tab has signed in with another session: a call of the earlier one must not be sent for it.
    if (before && before.sessionId !== held.sessionId) throw new SignedOutError();
    return held;
  }

  #begin(tokens: SessionTokens | undefined): void {
    const { sessionId } = this.#setTokens(tokens);
    this.#parts.tabs.post({ kind: "signedIn", sessionId });
  }

  #setTokens(tokens: SessionTokens | undefined): AccessToken {
    if (!tokens?.accessExpireTime) throw new Error("the server gave no token");
    const now = this.#parts.now();
    const expireAt = Math.max(timestampMs(tokens.accessExpireTime), now + minLifetime);
    const renewAt = Math.max(expireAt - renewalMargin, now + minLifetime);
    const held = { token: tokens.accessToken, sessionId: tokens.sessionId, renewAt, expireAt };
    this.#current = held;
    this.#parts.storage.write("session", held.sessionId);
    const state = this.state();
    const same = state.kind === "signedIn" && state.sessionId === held.sessionId;
    if (!same) this.#setState({ kind: "signedIn", sessionId: held.sessionId });
    return held;
  }

  #end(reason: SignedOutReason): void {
    this.#current = undefined;
    this.#parts.storage.erase("session");
    this.#setState({ kind: "signedOut", reason });
  }
}
