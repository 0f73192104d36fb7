/** Whether the browser has a network at all. */
import { createSignal, onCleanup } from "solid-js";
import type { Accessor } from "solid-js";

/** @param onReturn Goes on with what waited for it. */
export function createOnline(onReturn?: () => void): Accessor<boolean> {
  const [online, setOnline] = createSignal(navigator.onLine);
  const goOn = (): void => {
    setOnline(true);
    onReturn?.();
  };
  const goOff = (): void => void setOnline(false);
  addEventListener("online", goOn);
  addEventListener("offline", goOff);
  onCleanup(() => {
    removeEventListener("online", goOn);
    removeEventListener("offline", goOff);
  });
  return online;
}
