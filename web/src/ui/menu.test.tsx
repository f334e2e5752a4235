import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { Menu } from "./menu";

it("opens on its button and closes on a choice", async () => {
  const user = userEvent.setup();
  render(
    <Menu label="More">
      <li>
        <button type="button">Save</button>
      </li>
    </Menu>,
  );
  const menu = screen.getByRole("button", { name: "More" });
  await user.click(menu);
  expect(menu).toHaveAttribute("aria-expanded", "true");
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(menu).toHaveAttribute("aria-expanded", "false");
});
