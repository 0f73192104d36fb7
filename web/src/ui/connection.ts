/** Whether the browser is online. */
import { createSignal, onCleanup } from "solid-js";
import type { Accessor } from "solid-js";

/** @param onReturn Called when the browser is online again. */
export function createOnline(onReturn?: () => void): Accessor<boolean> {
  const [online, setOnline] = createSignal(navigator.onLine);
  const goOnline = (): void => {
    setOnline(true);
    onReturn?.();
  };
  const goOffline = (): void => void setOnline(false);
  addEventListener("online", goOnline);
  addEventListener("offline", goOffline);
  onCleanup(() => {
    removeEventListener("online", goOnline);
    removeEventListener("offline", goOffline);
  });
  return online;
}
