import { screen, waitFor, within } from "@testing-library/react";
import { http, type JsonBodyType } from "msw";
import { expect, it } from "vitest";
import { session } from "@/lib/session";
import { anEvent, signIn, tokenUntil } from "@/test/fixtures";
import { visit } from "@/test/render";
import { at, ok, refused, server } from "@/test/server";
import { safeNext } from "./form";

const user = { id: 5, email: "fan@example.com", name: "Fan" };
const loggedIn = () => ok({ token: tokenUntil(Date.now() + 60_000), user });

it("returns to the requested page after login", async () => {
  server.use(
    http.post(at("/users/login"), loggedIn),
    http.get(at("/events/1"), () => ok(anEvent())),
  );
  const page = visit("/events/1/purchase");
  const main = within(await screen.findByRole("main"));
  await page.user.click(await main.findByRole("link", { name: "Log in" }));
  const password = await screen.findByLabelText("Password");
  await page.user.type(screen.getByLabelText("Email"), "fan@example.com");
  await page.user.type(password, "long enough");
  await page.user.click(screen.getByRole("button", { name: "Log in" }));
  expect(await screen.findByLabelText("Your UMA address")).toBeVisible();
  expect(page.path()).toBe("/events/1/purchase");
});

it("creates an account and logs in", async () => {
  let created: JsonBodyType;
  server.use(
    http.post(at("/users"), async ({ request }) => {
      created = (await request.json()) as JsonBodyType;
      return ok(user, 201);
    }),
    http.post(at("/users/login"), loggedIn),
    http.get(at("/events"), () => ok([])),
  );
  const page = visit("/login");
  await page.user.click(await screen.findByRole("button", { name: /Create an account/ }));
  await page.user.type(screen.getByLabelText("Email"), "fan@example.com");
  await page.user.type(screen.getByLabelText("Name"), "Fan");
  await page.user.type(screen.getByLabelText("Password"), "long enough");
  await page.user.click(screen.getByRole("button", { name: "Create account" }));
  await waitFor(() => expect(session.get()?.user.id).toBe(5));
  expect(created).toEqual({ email: "fan@example.com", name: "Fan", password: "long enough" });
});

it("shows the password rule up front and an error at each invalid field", async () => {
  const page = visit("/login");
  await page.user.click(await screen.findByRole("button", { name: /Create an account/ }));
  expect(screen.getByLabelText("Password")).toHaveAccessibleDescription(/At least 8 characters/);
  await page.user.type(screen.getByLabelText("Email"), "nonsense");
  await page.user.type(screen.getByLabelText("Password"), "short");
  await page.user.click(screen.getByRole("button", { name: "Create account" }));
  expect(await screen.findByText(/Enter a valid email/)).toBeVisible();
  expect(screen.getByLabelText("Email")).toBeInvalid();
  expect(screen.getByLabelText("Password")).toHaveAccessibleDescription(
    /Use at least 8 characters/,
  );
  expect(screen.getByLabelText("Name")).toHaveAccessibleDescription(/This field is required/);
});

it("shows a failed login and keeps the input", async () => {
  server.use(
    http.post(at("/users/login"), () => refused(401, "invalid_credentials", "Invalid credentials")),
  );
  const page = visit("/login");
  await page.user.type(await screen.findByLabelText("Email"), "fan@example.com");
  await page.user.type(screen.getByLabelText("Password"), "wrong password");
  await page.user.click(screen.getByRole("button", { name: "Log in" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("Wrong email or password.");
  expect(screen.getByLabelText("Email")).toHaveValue("fan@example.com");
});

it("redirects to the login page when the server rejects the token", async () => {
  signIn();
  server.use(http.get(at("/users/5/tickets"), () => refused(401, "unauthorized", "expired")));
  const page = visit("/tickets");
  expect(await screen.findByText(/You've been logged out/)).toBeVisible();
  expect(page.path()).toBe("/login?next=%2Ftickets&expired=1");
});

it("redirects to the home page after logout", async () => {
  signIn();
  server.use(http.get(at("/events"), () => ok([])));
  const page = visit("/account");
  const buttons = await screen.findAllByRole("button", { name: "Log out" });
  await page.user.click(buttons[buttons.length - 1]!);
  await waitFor(() => expect(page.path()).toBe("/"));
});

it.each([
  ["/tickets", "/tickets"],
  [null, "/"],
  ["https://evil.example", "/"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["/login?next=/login", "/"],
])("redirects from %j to %s", (next, path) => {
  expect(safeNext(next)).toBe(path);
});

it("denies organiser pages to other accounts", async () => {
  signIn();
  visit("/admin");
  expect(
    await screen.findByRole("heading", { name: "You don't have access", level: 1 }),
  ).toBeInTheDocument();
});
