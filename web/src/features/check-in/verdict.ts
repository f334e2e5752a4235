import { Problem } from "@/api/problem";
import type { CheckIn } from "@/api/types";
import type { Key } from "@/i18n/i18n";

/** Result of a check-in. `unsure`: the server could not be reached. */
export type Verdict =
  | { kind: "in"; ticket: number; type: string | null; name: string | null }
  | { kind: "again"; ticket: number; type: string | null; name: string | null; at: string | null }
  | { kind: "out"; reason: Key | null; message: string }
  | { kind: "unsure"; problem: Problem };

const REASONS: Record<string, Key> = {
  wrong_event: "checkin.no.wrong_event",
  unpaid: "checkin.no.unpaid",
  not_paid: "checkin.no.unpaid",
  ticket_not_paid: "checkin.no.unpaid",
  too_early: "checkin.no.not_open",
  event_over: "checkin.no.not_open",
  too_late: "checkin.no.not_open",
  not_open: "checkin.no.not_open",
  event_not_running: "checkin.no.not_open",
  not_found: "checkin.no.unknown",
  ticket_not_found: "checkin.no.unknown",
  unknown_code: "checkin.no.unknown",
};

export function verdictOf(answer: CheckIn): Verdict {
  const { id, holder_name: holder, ticket_type_name: type } = answer.ticket;
  const shown = { ticket: id, type, name: holder ?? answer.name };
  return answer.first_time
    ? { kind: "in", ...shown }
    : { kind: "again", ...shown, at: answer.checked_in_at };
}

export function verdictOfProblem(error: unknown): Verdict {
  const problem = Problem.from(error);
  const refused = [400, 404, 409].includes(problem.status);
  if (!refused) return { kind: "unsure", problem };
  return { kind: "out", reason: REASONS[problem.type] ?? null, message: problem.message };
}

/** Normalises a typed or scanned code. */
export function tidyCode(text: string): string {
  const code = text.trim().toUpperCase();
  return code === "" || code.startsWith("TKT") ? code : `TKT-${code}`;
}
