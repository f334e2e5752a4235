import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";
import type { FieldCode } from "@/api/types";

export const at = (path: string) => `${window.location.origin}/api${path}`;

export const ok = (data: unknown, status = 200) =>
  HttpResponse.json({ message: "ok", data }, { status });

/** `fieldTypes`: the code of what is wrong with each field. */
export const refused = (
  status: number,
  type: string,
  message: string,
  fieldTypes?: Record<string, FieldCode>,
) => {
  const fields: Record<string, string> = {};
  for (const name of Object.keys(fieldTypes ?? {})) fields[name] = "is wrong";
  return HttpResponse.json(
    {
      error: "Refused",
      message,
      code: status,
      type,
      ...(fieldTypes && { fields, field_types: fieldTypes }),
    },
    { status },
  );
};

/** Requests of every screen; tests add their own handlers. */
export const server = setupServer(
  http.get(at("/config"), () =>
    ok({ domain: "tickets.example", sandbox: false, early_entry_minutes: 30 }),
  ),
  http.get(at("/users/me/nwc-connection"), () => ok({ connected: false })),
  http.get(at("/users/:id/tickets"), () => ok([])),
  http.get(at("/users/:id/orders"), () => ok([])),
  http.get(at("/users/me"), () => ok({ id: 5, is_admin: false })),
);
