import { describe, expect, it } from "vitest";
import { Problem } from "@/api/problem";
import { en } from "@/i18n/en";
import { makeI18n } from "@/i18n/i18n";
import { ko } from "@/i18n/ko";
import { fieldText } from "./field-text";
import { problemText } from "./problem-notice";

const english = makeI18n("en", en);
const korean = makeI18n("ko", ko);

describe("a field's message of the server", () => {
  it.each([
    ["must not be empty", "Please fill this in."],
    ["must have at most 200 characters", "At most 200 characters."],
    [
      "is one of the most common passwords: choose another",
      "This password is very common. Choose another one.",
    ],
    ["must be at most 100000000", "Enter at most 100000000."],
    ["must not contain invisible or control characters", "Remove invisible or control characters."],
    ["must be a date and time such as 2026-11-23T20:00:00Z", "Choose a date and a time."],
    ["must be a time from the year 2000 to 2199", "Choose a date and a time."],
    ["must be after start_time", "The end must be after the start."],
    ["is missing or wrong", "Your current password is incorrect."],
    ["must be a number of satoshis", "This must be a number of satoshis."],
    ["The price is too high.", "The price is too high."],
    ["expected struct NewUser", "This value can't be used. Check it and try again."],
  ])("is a whole sentence: %s", (message, text) => {
    expect(fieldText(message, english)).toBe(text);
    const translated = fieldText(message, korean);
    expect(translated).toMatch(/[가-힣]/);
    expect(translated).not.toMatch(/[a-z]{4}/i);
  });
});

describe("a refusal", () => {
  const problem = (type: string, message: string, fields?: Record<string, string>) =>
    new Problem({ status: 400, type, message, fields });

  it("is told by its code, and the server's English only to readers of English", () => {
    expect(problemText(problem("conflict", "the event has begun"), english)).toBe(
      "That's no longer possible. The event has begun.",
    );
    expect(problemText(problem("conflict", "the event has begun"), korean)).not.toMatch(/[a-z]/i);
    expect(problemText(problem("something_new", "seats are numbered"), english)).toBe(
      "Seats are numbered.",
    );
    expect(problemText(problem("something_new", "seats are numbered"), korean)).not.toMatch(
      /[a-z]/i,
    );
  });

  it("of a form says what is wrong with its fields", () => {
    const invalid = problem("invalid", "Invalid input", { name: "must not be empty" });
    expect(problemText(invalid, english)).toBe("Please fill this in.");
  });
});
