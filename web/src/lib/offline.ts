/** Tickets without a connection: the service worker of `sw/sw.js` and the browser's caches. */

/** Prefix of the caches with an account's responses; the same as in `sw/sw.js`. */
const ACCOUNT_CACHE_PREFIX = "tickets-own-";

/** Registers the service worker; browsers offer it in secure contexts only. */
export function registerOffline(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  window.addEventListener("load", () => {
    navigator.serviceWorker.register("/sw.js").catch(() => {
      // Blocked by the browser's settings; the pages work without it.
    });
  });
}

/** Deletes what was kept for an account that has logged out. */
export async function deleteCachedResponses(): Promise<void> {
  if (typeof caches === "undefined") return;
  try {
    const names = await caches.keys();
    await Promise.all(
      names
        .filter((name) => name.startsWith(ACCOUNT_CACHE_PREFIX))
        .map((name) => caches.delete(name)),
    );
  } catch {
    // Storage may be forbidden; then nothing was kept.
  }
}
