import { screen } from "@testing-library/react";
import { http } from "msw";
import { expect, it } from "vitest";
import { anAdminEvent, signIn } from "@/test/fixtures";
import { visit } from "@/test/render";
import { at, ok, refused, server } from "@/test/server";

it.each([
  [30, "Check-in opens 30 minutes before the event"],
  [5, "Check-in opens 5 minutes before the event"],
  [90, "Check-in opens 1 hour 30 minutes before the event"],
  [0, "Check-in opens when the event starts"],
])("shows when check-in opens with an early entry of %d minutes", async (minutes, text) => {
  signIn();
  server.use(
    http.get(at("/config"), () =>
      ok({ domain: "tickets.example", sandbox: false, early_entry_minutes: minutes }),
    ),
    http.get(at("/users/me"), () => ok({ id: 5, is_admin: true })),
    http.get(at("/admin/events"), () => ok([anAdminEvent()])),
    http.post(at("/admin/check-in"), () => refused(400, "too_early", "too early")),
  );
  const page = visit("/admin/check-in?event=1");
  await page.user.type(await screen.findByLabelText("Ticket code"), "TKT-1");
  await page.user.click(screen.getByRole("button", { name: "Check" }));
  const verdict = await screen.findByRole("alertdialog", { name: "Check-in is closed" });
  expect(verdict).toHaveTextContent(text);
});
