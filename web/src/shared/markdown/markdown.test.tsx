import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { MarkdownBody } from "./markdown-body";
import { plainText, safeLink } from "./text";

it("renders lists, emphasis and safe links", () => {
  render(<MarkdownBody text={"# Doors\n\n- **one**\n- two\n\nSee https://band.example/a?b=1"} />);
  expect(screen.getByRole("heading", { level: 3, name: "Doors" })).not.toHaveAttribute("id");
  expect(screen.getAllByRole("listitem")).toHaveLength(2);
  const link = screen.getByRole("link");
  expect(link).toHaveAttribute("href", "https://band.example/a?b=1");
  expect(link).toHaveAttribute("rel", "noopener nofollow ugc");
});

it.each([
  "<script>alert(1)</script>",
  '<img src="x" onerror="alert(1)">',
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](data:text/html,hi)",
  "![x](https://tracker.example/a.png)",
  "<iframe srcdoc=x></iframe>",
  '<a href="javascript:alert(1)" onclick="alert(1)">x</a>',
])("renders no script, frame, image or unsafe link of %s", (text) => {
  const { container } = render(<MarkdownBody text={text} />);
  expect(container.querySelector("script, iframe, img, object, style, [onerror], [onclick]")).toBe(
    null,
  );
  expect(container.querySelector("a")).toBe(null);
});

it("keeps the line breaks of plain text", () => {
  const { container } = render(<MarkdownBody text={"one\ntwo"} />);
  expect(container.textContent).toBe("one\ntwo");
});

it("links to web and mail addresses only", () => {
  expect(safeLink("https://a.example/")).toBe("https://a.example/");
  expect(safeLink("mailto:a@b.example")).toBe("mailto:a@b.example");
  for (const href of ["javascript:alert(1)", "//a.example", "/admin", "", undefined]) {
    expect(safeLink(href)).toBe(null);
  }
});

it("gives previews the plain text", () => {
  expect(plainText("# Hi\n\n**One** [two](https://a.example)\n- three")).toBe("Hi One two three");
});
