/**
 * An API error. `type` is the API's stable slug; the client adds `unreachable` (no response) and
 * `unreadable` (an invalid one).
 */
export class Problem extends Error {
  readonly type: string;
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;
  /** Error code of each invalid field (`FieldCode` of the API). */
  readonly fieldTypes: Readonly<Record<string, string>>;
  /** `Retry-After` in seconds. */
  readonly retryAfter: number | null;
  /** The time in milliseconds from which `retryAfter` allows another request; 0 without one. */
  readonly retryAt: number;
  /** Other members of the response, such as `price_sats` and `limit`. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(init: {
    type: string;
    status: number;
    message: string;
    fields?: Record<string, string> | undefined;
    fieldTypes?: Record<string, string> | undefined;
    retryAfter?: number | null;
    members?: Record<string, unknown>;
  }) {
    super(init.message);
    this.name = "Problem";
    this.type = init.type;
    this.status = init.status;
    this.fields = init.fields ?? {};
    this.fieldTypes = init.fieldTypes ?? {};
    this.retryAfter = init.retryAfter ?? null;
    this.retryAt = this.retryAfter === null ? 0 : Date.now() + this.retryAfter * 1000;
    this.members = init.members ?? {};
  }

  /** Whether the request may have taken effect. */
  get isUncertain(): boolean {
    return this.status === 0 || this.status >= 500;
  }

  static from(error: unknown): Problem {
    if (error instanceof Problem) return error;
    return new Problem({ type: "unreachable", status: 0, message: String(error) });
  }
}

const BY_STATUS: Record<number, string> = {
  400: "invalid",
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  409: "conflict",
  422: "idempotency_key_reused",
  429: "rate_limited",
  502: "lightning_unavailable",
  503: "unavailable",
};

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function texts(value: unknown): Record<string, string> | undefined {
  if (!isRecord(value)) return undefined;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, String(v)]));
}

export function problemFrom(response: Response, body: unknown): Problem {
  const given = isRecord(body) ? body : {};
  const seconds = Number(response.headers.get("retry-after"));
  return new Problem({
    type:
      typeof given.type === "string"
        ? (given.type.split("/").pop() ?? given.type)
        : (BY_STATUS[response.status] ?? "unreadable"),
    status: response.status,
    message: typeof given.message === "string" ? given.message : response.statusText,
    fields: texts(given.fields),
    fieldTypes: texts(given.field_types),
    retryAfter: Number.isFinite(seconds) && seconds > 0 ? seconds : null,
    members: given,
  });
}
