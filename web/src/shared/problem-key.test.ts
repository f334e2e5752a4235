import { expect, it } from "vitest";
import openapi from "../../../docs/openapi.json?raw";
import { Problem } from "@/api/problem";
import { en } from "@/i18n/en";
import { makeI18n } from "@/i18n/i18n";
import { ko } from "@/i18n/ko";
import { problemText } from "./problem-notice";
import { refundErrorText } from "./refund-error";

interface Schema {
  enum: string[];
}

// The server's own list, also when the generated types are stale.
const document = JSON.parse(openapi) as {
  components: { schemas: Record<"ProblemType" | "RefundErrorCode", Schema> };
};
const { ProblemType, RefundErrorCode } = document.components.schemas;

it.each([
  ["en", en],
  ["ko", ko],
] as const)("has a text for every error type of the API: %s", (lang, texts) => {
  const i18n = makeI18n(lang, texts);
  expect(ProblemType.enum.length).toBeGreaterThan(60);
  for (const type of ProblemType.enum) {
    const text = problemText(new Problem({ type, status: 400, message: "" }), i18n);
    expect([type, text]).not.toEqual([type, texts["problem.refused"]]);
    expect(text).not.toMatch(/[{}]/);
  }
  const newer = new Problem({ type: "something_new", status: 400, message: "" });
  expect(problemText(newer, i18n)).toBe(texts["problem.refused"]);
});

it.each([
  ["en", en],
  ["ko", ko],
] as const)("has a text for every reason of a refund: %s", (lang, texts) => {
  const { t } = makeI18n(lang, texts);
  expect(RefundErrorCode.enum.length).toBeGreaterThan(10);
  for (const code of RefundErrorCode.enum) {
    const text = refundErrorText({ error: "from the server", error_code: code }, t);
    expect([code, text]).not.toEqual([code, "from the server"]);
    expect(text).toBeTruthy();
  }
});

it("shows the server's sentence for a refund without a known reason", () => {
  const { t } = makeI18n("ko", ko);
  expect(refundErrorText({ error: "An old text.", error_code: null }, t)).toBe("An old text.");
  expect(refundErrorText({ error: "A new text.", error_code: "new" }, t)).toBe("A new text.");
  expect(refundErrorText({ error: null }, t)).toBeNull();
  expect(refundErrorText({ error_code: "given_up" }, t)).toBe("주최자가 이 환불을 취소했어요.");
});
