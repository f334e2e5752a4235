import { expect, it } from "vitest";
import { Problem } from "@/api/problem";
import { tidyCode, verdictOf, verdictOfProblem } from "./verdict";

const problem = (status: number, type: string) => new Problem({ status, type, message: "why" });

const answer = (first: boolean) => ({
  valid: true,
  first_time: first,
  already_checked_in: !first,
  checked_in_at: "2026-12-01T10:00:00Z",
  checked_in: 1,
  sold: 2,
  ticket: {
    id: 1,
    user_id: 5,
    order_id: 7,
    ticket_type_id: 11,
    ticket_type_name: "Early bird",
    holder_name: null as string | null,
    holder_email: null,
  },
  name: "A",
  event: { title: "Jazz" },
});

it("admits a first check-in and warns about a second", () => {
  expect(verdictOf(answer(true))).toEqual({
    kind: "in",
    ticket: 1,
    type: "Early bird",
    name: "A",
  });
  expect(verdictOf(answer(false))).toMatchObject({ kind: "again", at: "2026-12-01T10:00:00Z" });
});

it("shows the person that the ticket is for instead of its buyer", () => {
  const seen = answer(true);
  const named = { ...seen, ticket: { ...seen.ticket, holder_name: "Jun" } };
  expect(verdictOf(named)).toMatchObject({ kind: "in", name: "Jun" });
});

it("rejects with a reason, except when the server is unavailable", () => {
  expect(verdictOfProblem(problem(400, "event_over"))).toMatchObject({
    reason: "checkin.no.not_open",
  });
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

it("accepts codes with and without prefix, in any case", () => {
  expect(tidyCode(" tkt-abcd efgh ")).toBe("TKT-ABCD EFGH");
  expect(tidyCode("abcd")).toBe("TKT-ABCD");
});
