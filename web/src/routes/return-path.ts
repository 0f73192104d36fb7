/** Where to go after signing in. */

/** The sign-in page's address that leads back to this path. */
export function signInPath(path: string): string {
  return path === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(path)}`;
}

/**
 * The path to return to, from the address of the sign-in page.
 *
 * Only a path of this page counts: "https://elsewhere", "//elsewhere" and "/\elsewhere" would lead away from it.
 */
export function returnPath(next: string | undefined): string {
  if (!next?.startsWith("/")) return "/";
  const home = "https://docket.invalid";
  const url = URL.canParse(next, home) ? new URL(next, home) : undefined;
  return url?.origin === home ? url.pathname + url.search : "/";
}
