/** A stand-in for the auth service: accounts and sessions in memory, with the contract's rules of refreshing. */
import { randomUUID } from "node:crypto";
import { Code } from "@connectrpc/connect";
import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { AccountService } from "../../src/gen/docket/auth/v1/account_service_pb.ts";
import { AuthService } from "../../src/gen/docket/auth/v1/auth_service_pb.ts";
import { invalid, refusal, unauthenticated } from "./faults.ts";

interface FakeAccount {
  readonly id: string;
  readonly displayName: string;
  readonly email: string;
  readonly password: string;
}

interface FakeSession {
  readonly id: string;
  readonly accountId: string;
  counter: number;
  lastRequestId: string;
  /** Milliseconds since 1970. */
  rotateTime: number;
  live: boolean;
}

interface Token {
  readonly session: FakeSession;
  readonly expireAt: number;
}

const cookieName = "docket_refresh";

/** Milliseconds after a rotation for which the token before it still gives something. */
const grace = 30_000;

export class FakeAccounts {
  /** Milliseconds that an access token lives. */
  tokenLife = 600_000;
  now: () => number = Date.now;
  /** How often a token that had just been replaced came back from another request, which got an access token alone. */
  reuses = 0;
  readonly #accounts = new Map<string, FakeAccount>();
  readonly #sessions = new Map<string, FakeSession>();
  readonly #tokens = new Map<string, Token>();

  routes(router: ConnectRouter): void {
    router.service(AuthService, {
      signUp: ({ displayName, email, password }, context) => {
        const faults = signUpFaults(displayName, email, password);
        if (Object.keys(faults).length > 0) throw invalid(faults);
        const key = email.trim().toLowerCase();
        if (this.#accounts.has(key)) throw refusal(Code.AlreadyExists, "EMAIL_TAKEN");
        const account = { id: randomUUID(), displayName: displayName.trim(), email: key, password };
        this.#accounts.set(key, account);
        return { account: shown(account), tokens: this.#open(account.id, context) };
      },
      signIn: ({ email, password }, context) => {
        const account = this.#accounts.get(email.trim().toLowerCase());
        if (account?.password !== password) throw unauthenticated("BAD_CREDENTIALS");
        return { account: shown(account), tokens: this.#open(account.id, context) };
      },
      refreshSession: ({ requestId }, context) => ({ tokens: this.#refresh(requestId, context) }),
      signOut: (_request, context) => {
        this.session(context).live = false;
        context.responseHeader.append("set-cookie", `${cookieName}=; Path=/; Max-Age=0`);
        return { endedSessions: 1 };
      },
    });
    router.service(AccountService, {
      getAccount: (_request, context) => {
        const { accountId } = this.session(context);
        const account = [...this.#accounts.values()].find(({ id }) => id === accountId);
        return account ? { account: shown(account) } : {};
      },
    });
  }

  /** The session of the request's token, or the refusal. */
  session(context: HandlerContext): FakeSession {
    const token = context.requestHeader.get("authorization")?.replace(/^Bearer /, "");
    if (!token) throw unauthenticated("TOKEN_MISSING");
    const known = this.#tokens.get(token);
    if (!known) throw unauthenticated("TOKEN_INVALID");
    if (!known.session.live) throw unauthenticated("TOKEN_REVOKED");
    if (known.expireAt <= this.now()) throw unauthenticated("TOKEN_EXPIRED");
    return known.session;
  }

  /** Ends every session, as an operator would. */
  revokeAll(): void {
    for (const session of this.#sessions.values()) session.live = false;
  }

  /** Access tokens given so far are refused as expired from now on. */
  expireTokens(): void {
    for (const [token, known] of this.#tokens) this.#tokens.set(token, { ...known, expireAt: 0 });
  }

  #open(accountId: string, context: HandlerContext) {
    const session = { id: randomUUID(), accountId, counter: 0, lastRequestId: "", rotateTime: 0, live: true };
    this.#sessions.set(session.id, session);
    return this.#tokensOf(session, context);
  }

  #refresh(requestId: string, context: HandlerContext) {
    const cookies = context.requestHeader.get("cookie") ?? "";
    const cookie = new RegExp(`${cookieName}=([^;.]+)\\.(\\d+)`).exec(cookies);
    if (!cookie) throw unauthenticated("TOKEN_MISSING");
    const session = this.#sessions.get(cookie[1] ?? "");
    if (!session?.live) throw unauthenticated("REFRESH_INVALID");
    const behind = session.counter - Number(cookie[2]);
    const inGrace = this.now() < session.rotateTime + grace;
    const isRepeated = session.lastRequestId === "" ? inGrace : requestId === session.lastRequestId;
    if (behind === 0) {
      session.counter += 1;
      session.lastRequestId = requestId;
      session.rotateTime = this.now();
    } else if (behind === 1 && !isRepeated && inGrace) {
      this.reuses += 1;
      return this.#accessTokenOf(session);
    } else if (behind !== 1 || !isRepeated) {
      session.live = false;
      throw unauthenticated("REFRESH_REPLAYED");
    }
    return this.#tokensOf(session, context);
  }

  /** A new access token, and the newest refresh token in the cookie. */
  #tokensOf(session: FakeSession, context: HandlerContext) {
    const value = `${session.id}.${session.counter}`;
    context.responseHeader.append("set-cookie", `${cookieName}=${value}; HttpOnly; SameSite=Strict; Path=/`);
    return this.#accessTokenOf(session);
  }

  #accessTokenOf(session: FakeSession) {
    const accessToken = randomUUID();
    const expireAt = this.now() + this.tokenLife;
    this.#tokens.set(accessToken, { session, expireAt });
    return { accessToken, accessExpireTime: timestampFromMs(expireAt), sessionId: session.id };
  }
}

function signUpFaults(name: string, email: string, password: string): Record<string, string> {
  const faults: Record<string, string> = {};
  if (name.trim() === "") faults.display_name = "must be 1 to 100 characters";
  if (!/^\S+@\S+$/.test(email.trim())) faults.email = "must be an e-mail address, such as ada@example.org";
  if (password.length < 8) faults.password = "must be 8 to 256 characters";
  else if (password.startsWith("password")) {
    faults.password = "is among the most used; try a few unrelated words";
  }
  return faults;
}

function shown({ id, displayName, email }: FakeAccount) {
  return { id, displayName, email };
}
