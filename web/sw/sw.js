/**
 * Keeps the app and the caller's own tickets for places without a connection. Everything is fetched from the
 * network first, except files whose names change with their content.
 */
const VERSION = "__VERSION__";
const FILES = "__FILES__";
const SHELL = `tickets-shell-${VERSION}`;
const OWN = "tickets-own-";
/** Responses that no account is needed for. */
const PUBLIC = "tickets-public";
/** Paths of an account's tickets and orders, and of the configuration. */
const KEPT = [
  /^\/api\/users\/\d+\/(tickets|orders)$/,
  /^\/api\/orders\/\d+$/,
  /^\/api\/users\/me$/,
  /^\/api\/config$/,
];

self.addEventListener("install", (event) => {
  const fill = async () => {
    const cache = await caches.open(SHELL);
    await cache.addAll(FILES);
    await self.skipWaiting();
  };
  event.waitUntil(fill());
});

self.addEventListener("activate", (event) => {
  const clean = async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith("tickets-shell-") && name !== SHELL);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

/** The page of the app, for any path, when the network gives none. */
async function page(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const shell = await caches.match("/", { cacheName: SHELL });
    if (shell) return shell;
    throw error;
  }
}

async function file(request) {
  return (await caches.match(request, { cacheName: SHELL })) ?? fetch(request);
}

/** A cache per token, so that no account reads what was kept for another one. */
async function own(request) {
  const token = request.headers.get("authorization");
  if (token === null) return PUBLIC;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  const name = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0"));
  return OWN + name.join("");
}

async function answer(request) {
  const name = await own(request);
  try {
    const response = await fetch(request);
    if (response.ok) {
      const cache = await caches.open(name);
      await cache.put(request, response.clone());
    }
    return response;
  } catch (error) {
    const kept = await caches.match(request, { cacheName: name, ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const { origin, pathname, search } = new URL(request.url);
  if (request.mode === "navigate") {
    if (origin === self.location.origin) event.respondWith(page(request));
  } else if (FILES.includes(pathname) && origin === self.location.origin) {
    event.respondWith(file(request));
  } else if (!search.includes("token=") && KEPT.some((path) => path.test(pathname))) {
    event.respondWith(answer(request));
  }
});
