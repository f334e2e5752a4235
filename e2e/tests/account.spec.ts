import { expect, test } from "../fixtures/test";

test("an account is made, left, entered again, changed and deleted", async ({ page }, info) => {
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
  await expect(page.getByRole("alert")).toContainText("Email or password is wrong.");
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
  await expect(page.getByRole("alert")).toContainText("Email or password is wrong.");
});

test("organisers' pages are closed to buyers", async ({ page, shop, signIn }) => {
  await signIn(await shop.person());
  await page.goto("/admin/payments");
  await expect(page.getByText("Only organisers get in here").first()).toBeVisible();
});

test("language and theme are chosen and kept", async ({ page }) => {
  await page.goto("/");
  await page.getByLabel("Language").selectOption("ko");
  await expect(page.getByRole("heading", { level: 1, name: "이벤트" })).toBeVisible();
  await page.getByLabel("테마").selectOption("dark");
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "이벤트" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.locator("html")).toHaveAttribute("lang", "ko");
});
