import { expect, test } from "../fixtures/test";

test("an account is created, logged out, logged in, changed and deleted", async ({ page }, info) => {
  const email = `whole-life-${info.project.name}-${Date.now()}@example.com`;
  await page.goto("/login");
  await page.getByRole("button", { name: /Create an account/ }).click();
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Name").fill("Whole Life");
  await page.getByLabel("Password", { exact: true }).fill("first password");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.waitForURL((url) => url.pathname === "/");

  await page.goto("/account");
  await page.getByRole("main").getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page).toHaveURL(/\/$/);
  await expect(page.getByRole("link", { name: "Log in" })).toBeVisible();

  await page.goto("/account");
  await expect(page).toHaveURL(/\/login\?next=%2Faccount/);
  await page.getByLabel("Email").fill(email.toUpperCase());
  await page.getByLabel("Password", { exact: true }).fill("wrong password");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert")).toContainText("Wrong email or password.");
  await page.getByLabel("Password", { exact: true }).fill("first password");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Account" })).toBeVisible();

  await page.getByLabel("Name").fill("Another Name");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved")).toBeVisible();
  await page.getByLabel("Current password").fill("first password");
  await page.getByLabel("New password").fill("second password");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText(/Password changed/)).toBeVisible();
  await page.reload();
  await expect(page.getByLabel("Name")).toHaveValue("Another Name");

  await page.getByRole("button", { name: "Delete account" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete account" }).click();
  await expect(page.getByRole("link", { name: "Log in" })).toBeVisible();
  await page.goto("/login");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill("second password");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert")).toContainText("Wrong email or password.");
});

test("a password is reset by email, and the old session ends", async ({
  page,
  shop,
  signIn,
}) => {
  const user = await shop.createUser();
  await page.goto("/login");
  await page.getByLabel("Email").fill(user.email);
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.waitForURL((url) => url.pathname === "/forgot-password");
  await expect(page.getByLabel("Email")).toHaveValue(user.email);
  await page.getByRole("button", { name: "Send reset link" }).click();
  await expect(page.getByText(`If an account exists for ${user.email}`, { exact: false })).toBeVisible();

  const link = await shop.link(user.email, "/reset-password");
  await page.goto(link);
  await page.getByLabel("New password").fill("another long one");
  await page.getByRole("button", { name: "Set new password" }).click();
  await expect(page.getByText("Log in with your new password.")).toBeVisible();
  const me = await fetch(`${shop.url}/api/users/me`, {
    headers: { authorization: `Bearer ${user.token}` },
  });
  expect(me.status).toBe(401);
  await signIn({ email: user.email, password: "another long one" });
  await expect(page.getByRole("link", { name: "My tickets" })).toBeVisible();

  // The link works once.
  await page.goto(link);
  await page.getByLabel("New password").fill("a third long one");
  await page.getByRole("button", { name: "Set new password" }).click();
  await expect(page.getByText("This link has expired or was already used")).toBeVisible();
  await expect(page.getByRole("link", { name: "Send a new link" })).toBeVisible();
});

test("an email is confirmed only in a session of its account", async ({ page, shop }) => {
  const owner = await shop.createUser("Owner");
  const other = await shop.createUser("Other");
  const link = await shop.link(owner.email, "/verify-email");
  const logIn = async (user: typeof owner) => {
    await page.getByRole("main").getByRole("link", { name: "Log in" }).click();
    await page.getByLabel("Email").fill(user.email);
    await page.getByLabel("Password", { exact: true }).fill(user.password);
    await page.getByRole("button", { name: "Log in" }).click();
  };
  await page.goto(link);
  await expect(page.getByText("Log in to confirm your email")).toBeVisible();
  await logIn(other);
  await expect(page.getByText("This link is for another account")).toBeVisible();
  await page.getByRole("main").getByRole("button", { name: "Log out" }).click();
  await logIn(owner);
  await expect(page.getByText(`Thanks, ${owner.email} is confirmed.`)).toBeVisible();
  await page.reload();
  await expect(page.getByText("This link has expired or was already used")).toBeVisible();
});

test("a new email requires the current password", async ({ page, shop, signIn }) => {
  const user = await shop.createUser();
  await signIn(user);
  await page.goto("/account");
  const profile = page.locator("form").filter({ has: page.getByRole("heading", { name: "Profile" }) });
  const moved = `moved-${Date.now()}@example.com`;
  await profile.getByLabel("Email").fill(moved);
  await profile.getByLabel("Current password").fill("not the password");
  await profile.getByRole("button", { name: "Save" }).click();
  await expect(profile.getByText("Your current password is incorrect.")).toBeVisible();
  await profile.getByLabel("Current password").fill(user.password);
  await profile.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(`Email changed. Open the link we sent to ${moved}.`)).toBeVisible();
  await shop.link(moved, "/verify-email");
});

test("organiser pages are denied to buyers", async ({ page, shop, signIn }) => {
  await signIn(await shop.createUser());
  await page.goto("/admin/payments");
  await expect(page.getByText("You don't have access").first()).toBeVisible();
});

test("language and theme persist", async ({ page }) => {
  await page.goto("/");
  await page.getByLabel("Language").selectOption("ko");
  await expect(page.getByRole("heading", { level: 1, name: "이벤트" })).toBeVisible();
  await page.getByLabel("테마").selectOption("dark");
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "이벤트" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.locator("html")).toHaveAttribute("lang", "ko");
});
