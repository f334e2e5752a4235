import { expect, it } from "vitest";
import { posterArt } from "./poster-art";
import pictures from "./poster-art.json";

it("draws the same poster for the same event, and another for the next", () => {
  expect(posterArt(3, "Jazz")).toEqual(posterArt(3, "Jazz"));
  expect(posterArt(3, "Jazz")).not.toEqual(posterArt(4, "Jazz"));
});

// The server draws pictures for links to events; its test reads the same file.
it.each(pictures)("draws what the server draws for $id: $title", ({ id, title, art }) => {
  expect(posterArt(id, title)).toEqual(art);
});
