import { expect, it } from "vitest";
import { posterArt } from "./poster-art";

it("draws the same poster for the same event, and another for the next", () => {
  expect(posterArt(3, "Jazz")).toEqual(posterArt(3, "Jazz"));
  expect(posterArt(3, "Jazz")).not.toEqual(posterArt(4, "Jazz"));
});
