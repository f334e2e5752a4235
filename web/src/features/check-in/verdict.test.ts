import { expect, it } from "vitest";
import { Problem } from "@/api/problem";
import { tidyCode, verdictOf, verdictOfProblem } from "./verdict";

const problem = (status: number, type: string) => new Problem({ status, type, message: "why" });

it("lets in the first time and warns the second", () => {
  expect(verdictOf({ valid: true, first_time: true, ticket: { id: 1 }, name: "A" })).toEqual({
    kind: "in",
    ticket: 1,
    name: "A",
  });
  expect(verdictOf({ valid: true, first_time: false }).kind).toBe("again");
  expect(verdictOf({ valid: true, already_checked_in: true }).kind).toBe("again");
});

it("says no with the reason, but never for a server that did not answer", () => {
  expect(verdictOfProblem(problem(404, "ticket_not_found"))).toMatchObject({
    kind: "out",
    reason: "checkin.no.unknown",
  });
  expect(verdictOfProblem(problem(400, "something_new"))).toEqual({
    kind: "out",
    reason: null,
    message: "why",
  });
  expect(verdictOfProblem(problem(0, "unreachable")).kind).toBe("unsure");
  expect(verdictOfProblem(problem(503, "unavailable")).kind).toBe("unsure");
  expect(verdictOfProblem(problem(429, "rate_limited")).kind).toBe("unsure");
});

it("takes codes with and without their prefix, in any case", () => {
  expect(tidyCode(" tkt-abcd efgh ")).toBe("TKT-ABCD EFGH");
  expect(tidyCode("abcd")).toBe("TKT-ABCD");
});
