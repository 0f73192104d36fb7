/**
 * Who is signed in: one state machine for this tab, in step with the other tabs.
 *
 * The access token lives in this object and nowhere else; the refresh token in a cookie that no script can read. The
 * access token is renewed when a call needs it, so a tab that nobody looks at asks for nothing.
 */
import { createClient } from "@connectrpc/connect";
import type { Client, Transport } from "@connectrpc/connect";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { createSignal } from "solid-js";
import type { Accessor } from "solid-js";
import { endsSession, failureOf, reasonOf, SignedOutError } from "../errors.ts";
import type { Failure } from "../errors.ts";
import { AuthService, SignOutRequest_Scope, TokenDelivery } from "../gen/docket/auth/v1/auth_service_pb.ts";
import type { SessionTokens } from "../gen/docket/auth/v1/session_pb.ts";
import type { Access } from "../transport.ts";
import type { Notes } from "./notes.ts";
import type { Tabs } from "./tabs.ts";

/** Why nobody is signed in: it never began, it ended, or the reader ended it here or in another tab. */
export type Farewell = "none" | "ended" | "signedOut" | "signedOutElsewhere";

export type SessionState =
  | { readonly kind: "restoring" }
  | { readonly kind: "unreachable"; readonly failure: Failure }
  | { readonly kind: "signedOut"; readonly farewell: Farewell }
  | { readonly kind: "signedIn"; readonly sessionId: string };

/** What the session is given rather than takes. */
export interface SessionParts {
  /** Makes the way to the server, with this session's tokens. */
  connect(access: Access): Transport;
  readonly tabs: Tabs;
  readonly notes: Notes;
  /** Runs one piece of work at a time over all tabs. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Milliseconds since 1970. */
  now(): number;
  newId(): string;
}

interface Held {
  readonly token: string;
  readonly sessionId: string;
  /** Both in milliseconds since 1970. */
  readonly renewAt: number;
  readonly expireAt: number;
}

/** A token is renewed this long before it ends, so that none ends on its way. */
const renewalMargin = 60_000;

/** A computer whose clock is wrong must not renew with every call. */
const leastLife = 30_000;

export class Session implements Access {
  readonly state: Accessor<SessionState>;
  readonly transport: Transport;
  readonly #enter: (state: SessionState) => void;
  readonly #parts: SessionParts;
  readonly #auth: Client<typeof AuthService>;
  #held: Held | undefined;
  #renewal: Promise<Held> | undefined;

  constructor(parts: SessionParts) {
    const [state, enter] = createSignal<SessionState>({ kind: "restoring" });
    this.state = state;
    this.#enter = enter;
    this.#parts = parts;
    this.transport = parts.connect(this);
    this.#auth = createClient(AuthService, this.transport);
    parts.tabs.listen((news) => {
      if (news.kind === "signedOut" && this.#held?.sessionId === news.sessionId) this.#leave("signedOutElsewhere");
      if (news.kind === "signedIn" && this.#held?.sessionId !== news.sessionId) void this.restore();
    });
  }

  /** Takes up the session that the cookie holds, if any. Never throws: the state says how it went. */
  async restore(): Promise<void> {
    await this.#renewal?.catch(() => undefined);
    this.#held = undefined;
    this.#enter({ kind: "restoring" });
    try {
      await this.#renew();
    } catch (error) {
      // A session that ended has said so itself.
      if (this.state().kind === "restoring") this.#enter({ kind: "unreachable", failure: failureOf(error) });
    }
  }

  /** @throws what the server refused; see `failureOf`. */
  async signIn(email: string, password: string): Promise<void> {
    const answer = await this.#auth.signIn({ email, password, tokenDelivery: TokenDelivery.COOKIE });
    this.#arrive(answer.tokens);
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
    if (!answer.emailVerificationRequired) this.#arrive(answer.tokens);
    return answer.emailVerificationRequired;
  }

  /** Ends this session everywhere. @throws where the server can't be told: the session then goes on. */
  async signOut(): Promise<void> {
    const sessionId = this.#held?.sessionId;
    await this.#renewal?.catch(() => undefined);
    try {
      await this.#auth.signOut({ scope: SignOutRequest_Scope.THIS });
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    this.#leave("signedOut");
    if (sessionId) this.#parts.tabs.tell({ kind: "signedOut", sessionId });
  }

  async token(): Promise<string> {
    const held = this.#held;
    if (!held) return (await (this.#renewal ?? Promise.reject(new SignedOutError()))).token;
    if (this.#parts.now() < held.renewAt) return held.token;
    try {
      return (await this.#renew()).token;
    } catch (error) {
      // The token still serves where only its renewal fails: tasks don't depend on the service that signs in.
      if (this.#held === held && this.#parts.now() < held.expireAt) return held.token;
      throw error;
    }
  }

  async renewed(refused: string): Promise<string> {
    const held = this.#held;
    if (held && held.token !== refused) return held.token;
    return (await this.#renew()).token;
  }

  ended(refused: string): void {
    if (this.#held?.token === refused) this.#leave("ended");
  }

  #renew(): Promise<Held> {
    this.#renewal ??= this.#parts
      .alone(() => this.#refresh())
      .finally(() => {
        this.#renewal = undefined;
      });
    return this.#renewal;
  }

  async #refresh(): Promise<Held> {
    const { notes, newId } = this.#parts;
    const before = this.#held;
    // Kept until an answer came: with the same id the server gives again what was lost on the way.
    const requestId = notes.read("refreshRequest") ?? newId();
    notes.write("refreshRequest", requestId);
    try {
      const { tokens } = await this.#auth.refreshSession({ requestId, tokenDelivery: TokenDelivery.COOKIE });
      notes.erase("refreshRequest");
      return this.#accept(before, tokens);
    } catch (error) {
      if (isRefusal(error)) {
        notes.erase("refreshRequest");
        if (this.#held === before) this.#leave(notes.read("session") ? "ended" : "none");
      }
      throw error;
    }
  }

  /** Takes a renewed token, unless the session that asked for it has ended or changed meanwhile. */
  #accept(before: Held | undefined, tokens: SessionTokens | undefined): Held {
    const state = this.state().kind;
    if (this.#held !== before || state === "signedOut") throw new SignedOutError();
    const held = this.#hold(tokens);
    // Another tab has signed in as somebody else: what this call was about is not theirs.
    if (before && before.sessionId !== held.sessionId) throw new SignedOutError();
    return held;
  }

  #arrive(tokens: SessionTokens | undefined): void {
    const { sessionId } = this.#hold(tokens);
    this.#parts.tabs.tell({ kind: "signedIn", sessionId });
  }

  #hold(tokens: SessionTokens | undefined): Held {
    if (!tokens?.accessExpireTime) throw new Error("the server gave no token");
    const now = this.#parts.now();
    const expireAt = Math.max(timestampMs(tokens.accessExpireTime), now + leastLife);
    const renewAt = Math.max(expireAt - renewalMargin, now + leastLife);
    const held = { token: tokens.accessToken, sessionId: tokens.sessionId, renewAt, expireAt };
    this.#held = held;
    this.#parts.notes.write("session", held.sessionId);
    const state = this.state();
    const same = state.kind === "signedIn" && state.sessionId === held.sessionId;
    if (!same) this.#enter({ kind: "signedIn", sessionId: held.sessionId });
    return held;
  }

  #leave(farewell: Farewell): void {
    this.#held = undefined;
    this.#parts.notes.erase("session");
    this.#enter({ kind: "signedOut", farewell });
  }
}

/** The server has answered, and the answer is no. */
function isRefusal(error: unknown): boolean {
  return endsSession(error) || reasonOf(error) === "TOKEN_INVALID" || reasonOf(error) === "TOKEN_EXPIRED";
}
