/**
 * A stand-in for the server, for looking at screens: `npm run dev:mock`. It follows the API's shapes and
 * keeps everything in memory. It is no second backend: no test of behaviour runs against it.
 */
const HOUR = 3600_000;
const DAY = 24 * HOUR;
const iso = (ms) => new Date(ms).toISOString();
const now = () => Date.now();

const BOLT11 =
  "lnbc21u1p5f8xq2pp5xw0zk3t9s4l8u6v0l9qy4m2hd7c5n8rj3f6a1e0g9b2w4k7t5p3qdq5w3jhxapqd9h8vmmfvdjscqzzsxqyz5vqsp5" +
  "r3y8l6k2d9w4n7c0v5m1q8j6t3h2g9f4s7a5e0p8u6x3z1b9qxpqysgqk5n8d3w7c2v9m4l6j1h8g5f0s3a9e7p4u2x6z8y1t5r3q0n9b6d4w2c7v5m8l1j3h6g9f0s2a4e7p5u8x3zcpq8y6t4";

const events = [
  [
    "Neon Choir: one night live",
    "A forty-voice choir and three synthesisers, streamed from an old power station. Two sets with a break, songs in English and Korean.\n\nYou get the stream in 4K with a second, sound-desk mix.",
    3,
    2,
    400,
    2100,
    0.62,
  ],
  [
    "Seoul Late Jazz — 서울의 밤",
    "A quartet, a small room, one microphone. 늦은 밤의 재즈 한 시간 반.",
    0.012,
    1.5,
    120,
    3500,
    0.93,
  ],
  [
    "Rust for people who ship",
    "A free workshop: from an empty folder to a service in production, with questions all along.",
    5,
    3,
    1000,
    0,
    0.31,
  ],
  ["Chess boxing final", "Eleven rounds, two champions.", 1.2, 4, 80, 5000, 1],
  ["Ambient sunrise from Jeju", "Nothing happens, slowly. Headphones on.", 9, 2, 5000, 800, 0.04],
  [
    "Open kitchen: dumplings from scratch",
    "Cook along. The shopping list comes with your ticket.",
    12,
    2,
    60,
    1500,
    0.5,
  ],
  [
    "The long now: a talk about deep time",
    "How to think about ten thousand years, in fifty minutes.",
    20,
    1,
    300,
    0,
    0.2,
  ],
  [
    "Vinyl archaeology with DJ Ondol",
    "Forgotten Korean pressings, 1968–1983, with their stories.",
    26,
    3,
    200,
    2800,
    0.1,
  ],
].map(([title, description, days, hours, capacity, price_sats, filled], i) => {
  const start = i === 1 ? now() + 18 * 60_000 : Math.round((now() + days * DAY) / HOUR) * HOUR;
  return {
    id: i + 1,
    title,
    description,
    start_time: iso(start),
    end_time: iso(start + hours * HOUR),
    capacity,
    price_sats,
    stream_url: null,
    is_active: true,
    created_at: iso(now() - 9 * DAY),
    updated_at: iso(now() - DAY),
    user_has_ticket: false,
    tickets_available: Math.round(capacity * (1 - filled)),
  };
});

const users = new Map([
  ["fan@example.com", { id: 7, email: "fan@example.com", name: "Min-ji Park" }],
  ["admin@example.com", { id: 1, email: "admin@example.com", name: "Ada Organiser" }],
]);
const CODE = "TKT-7K2M9QXW4RT8VB3NHF6JY1CZ5D";

/** id → [event, status, collection, minutes left, detail] */
const tickets = new Map([
  [101, { event: 2, status: "paid", collection: "done" }],
  [102, { event: 1, status: "pending", collection: "request_sent", left: 11.3 }],
  [103, { event: 5, status: "pending", collection: "unreachable", left: 8 }],
  [104, { event: 6, status: "pending", collection: "wallet_paying", left: 14.5 }],
  [105, { event: 6, status: "expired", collection: "request_sent", left: -3 }],
  [106, { event: 8, status: "paid", collection: "done" }],
  [107, { event: 3, status: "paid", collection: "done" }],
  [
    108,
    {
      event: 8,
      status: "pending",
      collection: "refused",
      left: 5,
      detail: "this account can't pay requests",
    },
  ],
  [109, { event: 5, status: "cancelled", collection: "request_sent", left: -3 }],
]);
for (const ticket of tickets.values()) ticket.at = now() - 4 * 60_000;
let nextTicket = 200;
let wallet = { connected: false };

const eventOf = (id) => events.find((event) => event.id === id);
const statusOf = (id) => {
  const ticket = tickets.get(id);
  const event = eventOf(ticket.event);
  return {
    ticket: {
      id,
      ticket_code: CODE,
      payment_status: ticket.status,
      created_at: iso(ticket.at),
      paid_at: ticket.status === "paid" ? iso(ticket.at + 60_000) : null,
    },
    event: { title: event.title, start_time: event.start_time },
    payment: {
      status: ticket.status === "cancelled" ? "failed" : ticket.status,
      amount_sats: event.price_sats,
      invoice_id: event.price_sats ? `inv-${id}` : null,
      bolt11: event.price_sats ? BOLT11 : null,
    },
    hold_expires_at:
      ticket.left === undefined ? null : iso(ticket.at + 4 * 60_000 + ticket.left * 60_000),
    collection: {
      state: ticket.collection,
      detail: ticket.detail ?? null,
      vasp_domain: "wallet.example",
    },
  };
};
const userTicket = (id) => {
  const ticket = tickets.get(id);
  const event = eventOf(ticket.event);
  return {
    id,
    ticket_code: ticket.status === "paid" ? CODE : null,
    payment_status: ticket.status,
    uma_address: "$minji@wallet.example",
    created_at: iso(ticket.at),
    updated_at: iso(ticket.at),
    event: {
      id: event.id,
      title: event.title,
      start_time: event.start_time,
      end_time: event.end_time,
      stream_url: ticket.status === "paid" ? "https://stream.example/live" : null,
      price_sats: event.price_sats,
    },
    payment: { id, status: ticket.status, amount_sats: event.price_sats, invoice_id: `inv-${id}` },
  };
};

const statuses = [
  "paid",
  "paid",
  "pending",
  "paid",
  "expired",
  "failed",
  "paid",
  "refunded",
  "paid",
];
const payments = Array.from({ length: 60 }, (_, i) => ({
  id: 900 - i,
  invoice_id: `inv-${(7919 * (i + 3)) % 100_003}`,
  amount_sats: [2100, 3500, 800, 5000, 1500][i % 5],
  status: i === 4 ? "expired" : statuses[i % statuses.length],
  exception: i === 4 ? "refund_due" : null,
  refundable_msats: i === 4 ? 1_500_000 : 0,
  event_title: events[i % 5].title,
  created_at: iso(now() - i * 23 * 60_000),
  ticket: {
    id: 500 - i,
    ticket_code: null,
    payment_status: statuses[i % statuses.length],
    uma_address: `$${["minji", "jo", "sato", "ana.b", "lee", "k-pop.fan"][i % 6]}@${["wallet.example", "uma.money", "vasp.test"][i % 3]}`,
  },
}));

const fakeToken = (user) => {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ user_id: user.id, email: user.email, exp: Math.floor(now() / 1000) + 86_400 })}.x`;
};
const userOf = (request) => {
  const token = request.headers.authorization?.split(" ")[1];
  if (!token) return null;
  try {
    const { email } = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
    return users.get(email) ?? null;
  } catch {
    return null;
  }
};

const refuse = (code, type, message, fields) => ({
  code,
  body: { error: "Refused", message, code, type, ...(fields ? { fields } : {}) },
});
const ok = (data, code = 200) => ({ code, body: { message: "ok", data } });

const routes = [
  [
    "GET",
    /^\/api\/config$/,
    () =>
      ok({
        domain: "tickets.example",
        sandbox: true,
        sandbox_wallet_url: "http://localhost:8081/",
        uma_auth: null,
        rate: {
          sats_per_unit: 1038.6,
          currency: "USD",
          source: "exchange.example",
          at: iso(now() - 90_000),
        },
      }),
  ],
  [
    "POST",
    /^\/api\/users$/,
    ({ body }) => {
      if (users.has(body.email)) return refuse(409, "email_taken", "email taken");
      const user = { id: users.size + 20, email: body.email, name: body.name };
      users.set(body.email, user);
      return ok(user, 201);
    },
  ],
  [
    "POST",
    /^\/api\/users\/login$/,
    ({ body }) => {
      const user = users.get(body.email);
      if (!user || body.password === "wrong-password") {
        return refuse(401, "invalid_credentials", "Invalid credentials");
      }
      return ok({ token: fakeToken(user), user });
    },
  ],
  ["GET", /^\/api\/users\/me\/nwc-connection$/, () => ok(wallet)],
  [
    "POST",
    /^\/api\/users\/me\/nwc-connection$/,
    () => {
      wallet = { connected: true, created_at: iso(now()), expires_at: iso(now() + 30 * DAY) };
      return ok(undefined);
    },
  ],
  [
    "DELETE",
    /^\/api\/users\/me\/nwc-connection$/,
    () => {
      wallet = { connected: false };
      return ok(undefined);
    },
  ],
  [
    "GET",
    /^\/api\/users\/\d+\/tickets$/,
    ({ user }) => (user?.id === 7 ? ok([...tickets.keys()].map(userTicket)) : ok([])),
  ],
  [
    "GET",
    /^\/api\/events$/,
    ({ query }) => {
      const q = (query.get("q") ?? "").toLowerCase();
      const list = events.filter(
        (event) =>
          event.is_active &&
          event.title.toLowerCase().includes(q) &&
          (!query.get("free") || event.price_sats === 0) &&
          (!query.get("to") || event.start_time < query.get("to")),
      );
      return { ...ok(list), total: list.length };
    },
  ],
  [
    "GET",
    /^\/api\/events\/(\d+)$/,
    ({ match }) => {
      const event = eventOf(Number(match[1]));
      return event ? ok(event) : refuse(404, "not_found", "event not found");
    },
  ],
  [
    "POST",
    /^\/api\/tickets\/purchase$/,
    ({ body }) => {
      const event = eventOf(body.event_id);
      if (!event.tickets_available) return refuse(400, "sold_out", "sold out");
      const id = nextTicket++;
      tickets.set(id, {
        event: event.id,
        status: event.price_sats ? "pending" : "paid",
        collection: event.price_sats ? "queued" : "done",
        left: event.price_sats ? 15 : undefined,
        at: now() - 4 * 60_000,
      });
      setTimeout(() => Object.assign(tickets.get(id), { collection: "request_sent" }), 2000);
      return ok(
        {
          ticket: { id, ticket_code: CODE, payment_status: tickets.get(id).status },
          event: { title: event.title, price_sats: event.price_sats },
          payment_required: event.price_sats > 0,
          status_token: "token",
        },
        201,
      );
    },
  ],
  [
    "GET",
    /^\/api\/tickets\/(\d+)\/status$/,
    ({ match }) =>
      tickets.has(Number(match[1]))
        ? ok(statusOf(Number(match[1])))
        : refuse(404, "not_found", "ticket not found"),
  ],
  [
    "POST",
    /^\/api\/tickets\/(\d+)\/cancel$/,
    ({ match }) => {
      tickets.get(Number(match[1])).status = "cancelled";
      return ok(undefined);
    },
  ],
  [
    "GET",
    /^\/api\/admin\/status$/,
    ({ user }) =>
      user?.id === 1
        ? { code: 200, body: { is_admin: true } }
        : refuse(403, "forbidden", "admins only"),
  ],
  [
    "GET",
    /^\/api\/admin\/overview$/,
    () =>
      ok({
        sold_today: 148,
        revenue_sats: 1_284_300,
        held: 12,
        waiting: 9,
        refundable: 1500,
        series: Array.from({ length: 24 }, (_, i) => {
          const sold = Math.round(22 * Math.exp(-((i - 17) ** 2) / 14) + 3 + 2 * Math.sin(i));
          return { at: iso(now() - (23 - i) * HOUR), sold, revenue_sats: sold * 2100 };
        }),
        events: [],
      }),
  ],
  [
    "GET",
    /^\/api\/admin\/node\/balance$/,
    () =>
      ok({
        total_balance_sats: 4_812_090,
        available_balance_sats: 4_655_210,
        node_id: "node-1",
        status: "READY",
      }),
  ],
  [
    "GET",
    /^\/api\/admin\/events$/,
    () =>
      ok(
        events.map((event) => ({
          ...event,
          stream_url: "https://stream.example/live",
          sold: event.capacity - event.tickets_available - (event.tickets_available ? 3 : 0),
          held: event.tickets_available ? 3 : 0,
          revenue_sats: (event.capacity - event.tickets_available) * event.price_sats,
        })),
      ),
  ],
  [
    "POST",
    /^\/api\/admin\/events$/,
    ({ body }) => {
      const event = {
        ...body,
        id: events.length + 1,
        is_active: true,
        tickets_available: body.capacity,
        created_at: iso(now()),
        updated_at: iso(now()),
      };
      events.push(event);
      return ok(event, 201);
    },
  ],
  [
    "PUT",
    /^\/api\/admin\/events\/(\d+)$/,
    ({ match, body }) => ok(Object.assign(eventOf(Number(match[1])), body)),
  ],
  [
    "GET",
    /^\/api\/admin\/events\/(\d+)\/attendees$/,
    ({ query }) => {
      const rows = Array.from({ length: 14 }, (_, i) => ({
        ticket_id: 500 - i,
        name: ["Min-ji Park", "Jo Alder", "Sato Ken", "Ana Barros", "이서준"][i % 5],
        email: `guest${i}@example.com`,
        uma_address: payments[i].ticket.uma_address,
        payment_status: "paid",
        paid_at: iso(now() - i * HOUR),
        checked_in_at: i % 3 === 0 ? iso(now() - i * 60_000) : null,
      }));
      return query.get("format") === "csv"
        ? {
            code: 200,
            text: "ticket,name\n" + rows.map((row) => `${row.ticket_id},${row.name}`).join("\n"),
          }
        : ok(rows);
    },
  ],
  [
    "POST",
    /^\/api\/admin\/events\/(\d+)\/uma-invoice$/,
    ({ match }) =>
      ok(
        {
          event: { id: Number(match[1]), title: "" },
          invoice: {
            id: "inv-1",
            payment_hash: "00",
            bolt11: BOLT11,
            amount_sats: 2100,
            status: "OPEN",
            expires_at: iso(now() + HOUR),
          },
          uma_address: "$tickets@tickets.example",
        },
        201,
      ),
  ],
  [
    "GET",
    /^\/api\/admin\/payments$/,
    ({ query }) => {
      const status = query.get("status");
      const list = payments.filter(
        (payment) =>
          (!status || payment.status === status || payment.exception === status) &&
          payment.ticket.uma_address.includes(query.get("q") ?? ""),
      );
      const offset = Number(query.get("offset") ?? 0);
      return { ...ok(list.slice(offset, offset + 25)), total: list.length };
    },
  ],
  [
    "GET",
    /^\/api\/admin\/payments\/(\d+)$/,
    ({ match }) => {
      const payment = payments.find((each) => each.id === Number(match[1]));
      const at = Date.parse(payment.created_at);
      return ok({
        payment,
        refunds: [],
        timeline: [
          { at: iso(at), kind: "seat_held", detail: "until 15 minutes later" },
          { at: iso(at + 400), kind: "invoice_made", detail: payment.invoice_id },
          {
            at: iso(at + 900),
            kind: "request_sent",
            detail: "wallet.example accepted the UMA Request",
          },
          { at: iso(at + 64_000), kind: payment.status, detail: "as the Lightning node says" },
        ],
      });
    },
  ],
  [
    "POST",
    /^\/api\/admin\/payments\/(\d+)\/retry$/,
    ({ match }) =>
      ok({
        payment_id: Number(match[1]),
        new_invoice: { id: "x", bolt11: BOLT11, amount_sats: 1 },
        status: "pending",
      }),
  ],
  [
    "POST",
    /^\/api\/admin\/check-in$/,
    ({ body }) => {
      if (/AGAIN/.test(body.ticket_code)) {
        return ok({
          valid: true,
          first_time: false,
          checked_in_at: iso(now() - 12 * 60_000),
          ticket: { id: 499 },
          name: "Jo Alder",
          checked_in: 61,
          sold: 248,
        });
      }
      if (!/7K2M/.test(body.ticket_code))
        return refuse(404, "ticket_not_found", "ticket not found");
      return ok({
        valid: true,
        first_time: true,
        ticket: { id: 101 },
        name: "Min-ji Park",
        checked_in: 62,
        sold: 248,
      });
    },
  ],
];

async function readBody(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text ? JSON.parse(text) : null;
}

export function mockApi() {
  return {
    name: "mock-api",
    configureServer(server) {
      server.middlewares.use(async (request, response, next) => {
        const url = new URL(request.url ?? "/", "http://mock");
        if (!url.pathname.startsWith("/api/")) return next();
        const live = /^\/api\/tickets\/(\d+)\/events$/.exec(url.pathname);
        if (live) {
          response.writeHead(200, { "content-type": "text/event-stream" });
          const send = () =>
            response.write(`event: status\ndata: ${JSON.stringify(statusOf(Number(live[1])))}\n\n`);
          send();
          const timer = setInterval(send, 1000);
          request.on("close", () => clearInterval(timer));
          return;
        }
        const body = await readBody(request);
        let answer = refuse(404, "not_found", `no such route: ${url.pathname}`);
        for (const [method, pattern, handle] of routes) {
          const match = pattern.exec(url.pathname);
          if (!match || method !== request.method) continue;
          answer = handle({ match, body, query: url.searchParams, user: userOf(request) });
          break;
        }
        const type = answer.text === undefined ? "application/json" : "text/csv";
        response.writeHead(answer.code, {
          "content-type": type,
          ...(answer.total === undefined ? {} : { "x-total-count": String(answer.total) }),
        });
        response.end(answer.text ?? JSON.stringify(answer.body));
      });
    },
  };
}
