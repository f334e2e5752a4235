import createClient, { type Middleware } from "openapi-fetch";
import { baseUrl } from "@/lib/env";
import { session, tokenStart } from "@/lib/session";
import { Problem, problemFrom } from "./problem";
import type { paths } from "./schema";

const bearer: Middleware = {
  async onRequest({ request }) {
    const token = session.token();
    const ahead = token ? (tokenStart(token) ?? 0) - Date.now() : 0;
    // Waits for a token that becomes valid within seconds; the server rejects others.
    if (ahead > 0 && ahead < 3000) await new Promise((resolve) => setTimeout(resolve, ahead + 50));
    if (token) request.headers.set("Authorization", `Bearer ${token}`);
    return request;
  },
  onResponse({ request, response }) {
    // An expired token ends the session; a wrong password is handled by its form.
    if (request.url.endsWith("/password")) return undefined;
    const sent = request.headers.get("Authorization");
    if (response.status === 401 && sent === `Bearer ${session.token() ?? ""}`) session.clear();
    return undefined;
  },
};

/** Emails are sent in the language of the page. */
const language: Middleware = {
  onRequest({ request }) {
    request.headers.set("Accept-Language", document.documentElement.lang || "en");
    return request;
  },
};

export const client = createClient<paths>({
  baseUrl,
  // Resolved at each call, so that tests can replace it.
  fetch: (request) => globalThis.fetch(request),
});
client.use(bearer, language);

interface Result<Body> {
  data?: Body;
  error?: unknown;
  response: Response;
}

/** The body of a success, or a thrown `Problem`. */
export async function body<Body>(call: Promise<Result<Body>>): Promise<Body> {
  let result: Result<Body>;
  try {
    result = await call;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    if (error instanceof SyntaxError) {
      throw new Problem({ type: "unreadable", status: 0, message: error.message });
    }
    throw Problem.from(error);
  }
  if (!result.response.ok) throw problemFrom(result.response, result.error);
  return result.data as Body;
}

/** Unwraps the success envelope. */
export async function data<T>(call: Promise<Result<{ message: string; data?: T }>>): Promise<T> {
  const envelope = await body(call);
  return envelope.data as T;
}
