import { expect, it } from "vitest";
import { textLang } from "./text-lang";

it.each([
  ["한강 재즈의 밤", "ko"],
  ["Neon Choir 네온 합창단", "ko"],
  ["夜のコンサート", "ja"],
  ["Neon Choir", undefined],
  ["音乐会", undefined],
])("marks the language of %s as %s", (text, lang) => {
  expect(textLang(text)).toBe(lang);
});
