import { expect, it } from "vitest";
import { posterArt } from "./poster-art";
import pictures from "./poster-art.json";

it("draws the same poster for the same event and another for the next id", () => {
  expect(posterArt(3, "Jazz")).toEqual(posterArt(3, "Jazz"));
  expect(posterArt(3, "Jazz")).not.toEqual(posterArt(4, "Jazz"));
});

// The server renders link previews; its test reads the same file.
it.each(pictures)("matches the server's poster for $id: $title", ({ id, title, art }) => {
  expect(posterArt(id, title)).toEqual(art);
});
