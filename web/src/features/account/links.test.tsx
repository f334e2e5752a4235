import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, it } from "vitest";
import { session } from "@/lib/session";
import { signIn, tokenUntil } from "@/test/fixtures";
import { visit } from "@/test/render";
import { at, ok, refused, server } from "@/test/server";

const user = { id: 5, email: "fan@example.com", name: "Fan" };

it("requests a reset link for the email entered at login without revealing whether an account exists", async () => {
  let asked: unknown;
  server.use(
    http.post(at("/users/password-reset"), async ({ request }) => {
      asked = await request.json();
      return HttpResponse.json({ message: "ok" }, { status: 202 });
    }),
  );
  const page = visit("/login?next=%2Ftickets");
  await page.user.type(await screen.findByLabelText("Email"), "fan@example.com");
  await page.user.click(screen.getByRole("link", { name: "Forgot your password?" }));
  const submit = await screen.findByRole("button", { name: "Send reset link" });
  expect(screen.getByLabelText("Email")).toHaveValue("fan@example.com");
  await page.user.click(submit);
  expect(await screen.findByText(/If an account exists for fan@example.com/)).toBeVisible();
  expect(asked).toEqual({ email: "fan@example.com" });
});

it("sets a new password with the link and logs out", async () => {
  signIn();
  let sent: unknown;
  server.use(
    http.post(at("/users/password-reset/confirm"), async ({ request }) => {
      sent = await request.json();
      return ok(undefined);
    }),
  );
  const page = visit("/reset-password?token=secret");
  const field = await screen.findByLabelText("New password");
  await page.user.type(field, "short");
  await page.user.click(screen.getByRole("button", { name: "Set new password" }));
  expect(field).toHaveAccessibleDescription(/Use at least 8 characters/);
  await page.user.type(field, " but longer now");
  await page.user.click(screen.getByRole("button", { name: "Set new password" }));
  expect(await screen.findByText("Log in with your new password.")).toBeVisible();
  expect(sent).toEqual({ token: "secret", password: "short but longer now" });
  expect(session.get()).toBeNull();
  await page.user.click(within(screen.getByRole("main")).getByRole("link", { name: "Log in" }));
  expect(await screen.findByLabelText("Email")).toBeVisible();
});

it("offers a new reset link when the old one is used, expired or incomplete", async () => {
  server.use(
    http.post(at("/users/password-reset/confirm"), () =>
      refused(400, "invalid", "token is not valid", { token: "expired_link" }),
    ),
  );
  const page = visit("/reset-password?token=old");
  await page.user.type(await screen.findByLabelText("New password"), "long enough");
  await page.user.click(screen.getByRole("button", { name: "Set new password" }));
  expect(await screen.findByText("This link has expired or was already used")).toBeVisible();
  expect(screen.getByRole("link", { name: "Send a new link" })).toHaveAttribute(
    "href",
    "/forgot-password",
  );
});

it("confirms an email only in a session, after a login that returns to the link", async () => {
  const sessions: (string | null)[] = [];
  server.use(
    http.post(at("/users/login"), () => ok({ token: tokenUntil(Date.now() + 60_000), user })),
    http.post(at("/users/verify-email"), ({ request }) => {
      sessions.push(request.headers.get("authorization"));
      return ok(user);
    }),
  );
  const page = visit("/verify-email?token=secret");
  expect(await screen.findByText("Log in to confirm your email")).toBeVisible();
  expect(sessions).toEqual([]);
  await page.user.click(within(screen.getByRole("main")).getByRole("link", { name: "Log in" }));
  await page.user.type(await screen.findByLabelText("Email"), "fan@example.com");
  await page.user.type(screen.getByLabelText("Password"), "long enough");
  await page.user.click(screen.getByRole("button", { name: "Log in" }));
  expect(await screen.findByText("Thanks, fan@example.com is confirmed.")).toBeVisible();
  expect(page.path()).toBe("/verify-email?token=secret");
  expect(sessions).toHaveLength(1);
  expect(sessions[0]).toMatch(/^Bearer /);
});

it("shows that a link belongs to another account and offers to log out", async () => {
  signIn();
  server.use(http.post(at("/users/verify-email"), () => refused(403, "forbidden", "foreign")));
  const page = visit("/verify-email?token=secret");
  expect(await screen.findByText("This link is for another account")).toBeVisible();
  const main = within(screen.getByRole("main"));
  await page.user.click(main.getByRole("button", { name: "Log out" }));
  expect(await screen.findByText("Log in to confirm your email")).toBeVisible();
});

it("sends a new confirmation link when the old one has expired", async () => {
  signIn();
  let saved: unknown;
  server.use(
    http.post(at("/users/verify-email"), () => refused(400, "invalid", "expired")),
    http.put(at("/users/5"), async ({ request }) => {
      saved = await request.json();
      return ok(user);
    }),
  );
  const page = visit("/verify-email?token=old");
  expect(await screen.findByText("This link has expired or was already used")).toBeVisible();
  await page.user.click(screen.getByRole("button", { name: "Send a new link" }));
  expect(await screen.findByText(/a new link is on its way to fan@example.com/)).toBeVisible();
  expect(saved).toEqual({ email: "fan@example.com", name: "Fan" });
});

it("requires the current password only for a new email and shows a wrong one at its field", async () => {
  signIn();
  const saved: unknown[] = [];
  server.use(
    http.put(at("/users/5"), async ({ request }) => {
      const body = (await request.json()) as Record<string, string>;
      saved.push(body);
      return body.current_password === "wrong"
        ? refused(403, "wrong_password", "wrong", { current_password: "wrong_password" })
        : ok({ ...user, ...body });
    }),
  );
  const page = visit("/account");
  const form = within((await screen.findByRole("heading", { name: "Profile" })).closest("form")!);
  await page.user.type(form.getByLabelText("Name"), "s");
  expect(form.queryByLabelText("Current password")).not.toBeInTheDocument();
  await page.user.click(form.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(saved).toEqual([{ email: "fan@example.com", name: "Fans" }]));

  await page.user.clear(form.getByLabelText("Email"));
  await page.user.type(form.getByLabelText("Email"), "new@example.com");
  await page.user.click(form.getByRole("button", { name: "Save" }));
  const current = form.getByLabelText("Current password");
  await waitFor(() => expect(current).toBeInvalid());
  expect(saved).toHaveLength(1);
  await page.user.type(current, "wrong");
  await page.user.click(form.getByRole("button", { name: "Save" }));
  await waitFor(() =>
    expect(current).toHaveAccessibleDescription("Your current password is incorrect."),
  );
  expect(session.get()).not.toBeNull();
  await page.user.clear(current);
  await page.user.type(current, "right one");
  await page.user.click(form.getByRole("button", { name: "Save" }));
  expect(
    await screen.findByText("Email changed. Open the link we sent to new@example.com."),
  ).toBeVisible();
  expect(saved[2]).toEqual({
    email: "new@example.com",
    name: "Fans",
    current_password: "right one",
  });
});

it.each([
  [429, "Too many attempts"],
  [503, "We're busy right now"],
])("counts down to the next login attempt after %i", async (status, title) => {
  server.use(
    http.post(at("/users/login"), () =>
      HttpResponse.json(
        {
          error: "x",
          message: "x",
          code: status,
          type: status === 429 ? "rate_limited" : "unavailable",
        },
        { status, headers: { "Retry-After": "75" } },
      ),
    ),
  );
  const page = visit("/login");
  await page.user.type(await screen.findByLabelText("Email"), "fan@example.com");
  await page.user.type(screen.getByLabelText("Password"), "wrong password");
  await page.user.click(screen.getByRole("button", { name: "Log in" }));
  expect(await screen.findByRole("alert")).toHaveTextContent(title);
  expect(screen.getByRole("button", { name: /Try again in 1:1\d/ })).toBeDisabled();
});

it("requests a login link and logs in with it", async () => {
  const sent: unknown[] = [];
  server.use(
    http.post(at("/users/login-link"), async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ message: "ok" }, { status: 202 });
    }),
    http.post(at("/users/login-link/confirm"), async ({ request }) => {
      sent.push(await request.json());
      return ok({ token: tokenUntil(Date.now() + 60_000), user });
    }),
  );
  const page = visit("/login");
  await page.user.type(await screen.findByLabelText("Email"), "fan@example.com");
  await page.user.click(screen.getByRole("link", { name: "Email me a login link" }));
  await page.user.click(await screen.findByRole("button", { name: "Send login link" }));
  expect(await screen.findByText(/If an account exists for fan@example.com/)).toBeVisible();
  await page.go("/login-link?token=secret");
  const submit = await screen.findByRole("button", { name: "Log in" });
  expect(session.get()).toBeNull();
  expect(sent).toEqual([{ email: "fan@example.com" }]);
  await page.user.click(submit);
  await waitFor(() => expect(page.path()).toBe("/tickets"));
  expect(sent[1]).toEqual({ token: "secret" });
  expect(session.get()?.user).toEqual(user);
});

it("offers a new login link when the old one is used or expired", async () => {
  server.use(
    http.post(at("/users/login-link/confirm"), () =>
      refused(400, "invalid", "token is not valid", { token: "expired_link" }),
    ),
  );
  const page = visit("/login-link?token=old");
  await page.user.click(await screen.findByRole("button", { name: "Log in" }));
  expect(await screen.findByText(/Login links work once/)).toBeVisible();
  await page.user.click(screen.getByRole("link", { name: "Send a new link" }));
  expect(await screen.findByRole("button", { name: "Send login link" })).toBeVisible();
});
