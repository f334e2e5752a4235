import { describe, expect, it } from "vitest";
import { Problem } from "@/api/problem";
import { en } from "@/i18n/en";
import { makeI18n, type Key } from "@/i18n/i18n";
import { ko } from "@/i18n/ko";
import { FIELD_KEYS, fieldText } from "./field-text";
import { problemText } from "./problem-notice";
import openapi from "../../../docs/openapi.json?raw";

const english = makeI18n("en", en);
const korean = makeI18n("ko", ko);

const problem = (init: {
  type: string;
  message?: string;
  fields?: Record<string, string>;
  fieldTypes?: Record<string, string>;
}) => new Problem({ status: 400, message: "Invalid input", ...init });

const wrong = (code: string, complaint: string) =>
  problem({ type: "invalid", fields: { name: complaint }, fieldTypes: { name: code } });

describe("a field error code", () => {
  const document = JSON.parse(openapi) as {
    components: { schemas: { FieldCode: { enum: string[] } } };
  };
  const codes = document.components.schemas.FieldCode.enum;

  it("has a text for every code of the API, in both languages", () => {
    expect(codes.length).toBeGreaterThan(20);
    expect(Object.keys(FIELD_KEYS).sort()).toEqual([...codes].sort());
    for (const code of codes) {
      const text = fieldText(wrong(code, "must be of another form"), "name", english);
      expect(text).toMatch(/^\p{Lu}.*[.!?]$/su);
      const translated = fieldText(wrong(code, "must be of another form"), "name", korean);
      expect(translated).toMatch(/[가-힣]/);
      expect(translated).not.toMatch(/must|form|[{}]/);
    }
  });

  it("selects the text independently of the server's message", () => {
    for (const words of ["must not be empty", "Escribe algo", ""]) {
      expect(fieldText(wrong("too_large", words), "name", english)).toBe(en["form.number.large"]);
    }
  });

  it("falls back to a generic text for an unknown or missing code", () => {
    for (const { fieldTypes } of [wrong("seat_numbered", ""), problem({ type: "invalid" })]) {
      const unknown = problem({ type: "invalid", fields: { name: "must be x" }, fieldTypes });
      expect(fieldText(unknown, "name", english)).toBe(en["form.refused" satisfies Key]);
    }
  });

  it("of a wallet includes the server's reason in English only", () => {
    const refused = wrong("unusable_wallet", "this wallet is on regtest");
    expect(fieldText(refused, "name", english)).toContain("This wallet is on regtest.");
    expect(fieldText(refused, "name", korean)).not.toMatch(/regtest/);
  });
});

describe("an API error", () => {
  it("is translated by its type; the server's message is shown in English only", () => {
    const begun = problem({ type: "conflict", message: "the event has begun" });
    expect(problemText(begun, english)).toBe("That's no longer possible. The event has begun.");
    expect(problemText(begun, korean)).not.toMatch(/[a-z]/i);
    const other = problem({ type: "something_new", message: "seats are numbered" });
    expect(problemText(other, english)).toBe("Seats are numbered.");
    expect(problemText(other, korean)).not.toMatch(/[a-z]/i);
  });

  it("of a form names the invalid fields", () => {
    expect(problemText(wrong("empty", "must not be empty"), english)).toBe(
      "This field is required.",
    );
  });
});
