import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Toasts } from "../../src/ui/toasts.ts";

mock.timers.enable({ apis: ["setTimeout"] });

const noop = (): void => undefined;

test("a message goes by itself, and later where there is something to press", () => {
  const toasts = new Toasts();
  toasts.show({ text: "Saved" });
  mock.timers.tick(4_000);
  assert.equal(toasts.current(), undefined);
  toasts.show({ text: "Deleted", action: { label: "Undo", run: noop } });
  mock.timers.tick(9_999);
  assert.equal(toasts.current()?.text, "Deleted");
  mock.timers.tick(1);
  assert.equal(toasts.current(), undefined);
});

test("a message stays while the reader is at it", () => {
  const toasts = new Toasts();
  toasts.show({ text: "Deleted", action: { label: "Undo", run: noop } });
  toasts.pauseTimer();
  mock.timers.tick(60_000);
  assert.equal(toasts.current()?.text, "Deleted");
  toasts.restartTimer();
  mock.timers.tick(10_000);
  assert.equal(toasts.current(), undefined);
});

test("a newer message takes the place, with all its time", () => {
  const toasts = new Toasts();
  toasts.show({ text: "One" });
  mock.timers.tick(3_000);
  toasts.show({ text: "Two" });
  mock.timers.tick(3_000);
  assert.equal(toasts.current()?.text, "Two");
});

test("what a message offers is done once", () => {
  const toasts = new Toasts();
  let done = 0;
  toasts.show({ text: "Deleted", action: { label: "Undo", run: () => void (done += 1) } });
  toasts.act();
  toasts.act();
  assert.equal(done, 1);
});
