/** Written after the API's contract, in the shape `openapi-typescript` writes; `npm run gen:api` replaces it. */

interface Answer<T> {
  headers: Record<string, unknown>;
  content: { "application/json": T };
}
type Input<Body> = Body extends undefined
  ? { requestBody?: never }
  : { requestBody: { content: { "application/json": Body } } };
type Responses<Ok extends number, Data> = {
  [K in Ok]: Answer<{ message: string; data: Data }>;
} & { default: Answer<components["schemas"]["Problem"]> };

type Op<
  Ok extends number,
  Data,
  Body = undefined,
  Path = undefined,
  Query = undefined,
> = Input<Body> & {
  parameters: {
    query?: Query extends undefined ? never : Query;
    header?: Record<string, string>;
    cookie?: never;
  } & (Path extends undefined ? { path?: never } : { path: Path });
  responses: Responses<Ok, Data>;
};
type PlainOp<Ok extends number, Data, Body = undefined, Query = undefined> = Op<
  Ok,
  Data,
  Body,
  undefined,
  Query
>;
type Id = { id: number };
type S = components["schemas"];

export interface paths {
  "/api/config": { get: PlainOp<200, S["Config"]> };
  "/api/users": { post: PlainOp<201, S["User"], S["NewUser"]> };
  "/api/users/login": { post: PlainOp<200, S["LoggedIn"], S["Login"]> };
  "/api/users/logout": { post: PlainOp<200, undefined> };
  "/api/users/verify-email": { post: PlainOp<200, S["User"], { token: string }> };
  "/api/users/me": { get: PlainOp<200, S["User"]> };
  "/api/users/me/password": { put: PlainOp<200, S["NewToken"], S["ChangePassword"]> };
  "/api/users/me/nwc-connection": {
    get: PlainOp<200, S["WalletConnection"]>;
    post: PlainOp<200, undefined, S["ConnectWallet"]>;
    delete: PlainOp<200, undefined>;
  };
  "/api/users/{id}": {
    get: Op<200, S["User"], undefined, Id>;
    put: Op<200, S["User"], S["UpdateUser"], Id>;
    delete: Op<200, undefined, undefined, Id>;
  };
  "/api/users/{user_id}/tickets": {
    get: Op<200, S["UserTicket"][], undefined, { user_id: number }, S["PageQuery"]>;
  };
  "/api/events": { get: PlainOp<200, S["Event"][], undefined, S["EventQuery"]> };
  "/api/events/{id}": { get: Op<200, S["Event"], undefined, Id> };
  "/api/tickets/purchase": { post: PlainOp<201, S["Purchase"], S["NewPurchase"]> };
  "/api/tickets/{id}/status": {
    get: Op<200, S["TicketStatus"], undefined, Id, { token?: string }>;
  };
  "/api/tickets/{id}/cancel": {
    post: Op<200, undefined, undefined, Id, { token?: string }>;
  };
  "/api/admin/status": {
    get: {
      parameters: { query?: never; header?: never; path?: never; cookie?: never };
      requestBody?: never;
      responses: {
        200: Answer<{ is_admin: boolean }>;
        default: Answer<S["Problem"]>;
      };
    };
  };
  "/api/admin/overview": { get: PlainOp<200, S["Overview"]> };
  "/api/admin/node/balance": { get: PlainOp<200, S["NodeBalance"]> };
  "/api/admin/events": {
    get: PlainOp<200, S["AdminEvent"][], undefined, S["PageQuery"]>;
    post: PlainOp<201, S["Event"], S["NewEvent"]>;
  };
  "/api/admin/events/{id}": {
    put: Op<200, S["Event"], Partial<S["NewEvent"]> & { is_active?: boolean }, Id>;
    delete: Op<200, undefined, undefined, Id>;
  };
  "/api/admin/events/{id}/attendees": {
    get: Op<200, S["Attendee"][], undefined, Id, S["PageQuery"] & { format?: string }>;
  };
  "/api/admin/events/{id}/uma-invoice": { post: Op<201, S["EventInvoice"], undefined, Id> };
  "/api/admin/payments": {
    get: PlainOp<200, S["AdminPayment"][], undefined, S["PaymentQuery"]>;
  };
  "/api/admin/payments/{id}": { get: Op<200, S["PaymentDetail"], undefined, Id> };
  "/api/admin/payments/{id}/retry": { post: Op<200, S["Retried"], undefined, Id> };
  "/api/admin/payments/{id}/refund": { post: Op<201, S["Refund"], S["NewRefund"], Id> };
  "/api/admin/events/{id}/cancel": {
    post: Op<200, S["CancellationPlan"], undefined, Id, { dry_run?: boolean }>;
  };
  "/api/admin/check-in": { post: PlainOp<200, S["CheckIn"], S["NewCheckIn"]> };
}

export interface components {
  schemas: {
    Problem: {
      error: string;
      message: string;
      code: number;
      type?: string;
      fields?: Record<string, string>;
    };
    Rate: { sats_per_unit: number; currency: string; source: string; at: string };
    UmaAuthConfig: { app_pubkey: string; relay: string; redirect_uri: string };
    Config: {
      domain: string;
      sandbox: boolean;
      sandbox_wallet_url?: string | null;
      uma_auth?: components["schemas"]["UmaAuthConfig"] | null;
      rate?: components["schemas"]["Rate"] | null;
    };
    User: { id: number; email: string; name: string; created_at: string; updated_at: string };
    NewUser: { email: string; name: string; password: string };
    Login: { email: string; password: string };
    LoggedIn: { token: string; user: components["schemas"]["User"] };
    UpdateUser: { email: string; name: string };
    ChangePassword: { current_password: string; new_password: string };
    NewToken: { token: string };
    WalletConnection: {
      connected: boolean;
      expires_at?: string | null;
      created_at?: string | null;
      uma_address?: string | null;
      problem?: string | null;
    };
    ConnectWallet: {
      nwc_connection_uri: string;
      expires_at?: string;
      refresh_token?: string;
      client_id?: string;
      token_endpoint?: string;
      uma_address?: string;
    };
    PageQuery: { limit?: number; offset?: number };
    EventQuery: {
      limit?: number;
      offset?: number;
      q?: string;
      free?: boolean;
      upcoming?: boolean;
      from?: string;
      to?: string;
    };
    UmaInvoice: {
      id: number;
      invoice_id: string;
      bolt11: string;
      amount_sats: number;
      payment_hash: string;
      uma_address?: string | null;
      expires_at?: string | null;
    };
    Event: {
      id: number;
      title: string;
      description: string;
      start_time: string;
      end_time: string;
      capacity: number;
      price_sats: number;
      stream_url?: string | null;
      is_active: boolean;
      created_at: string;
      updated_at: string;
      user_has_ticket?: boolean;
      tickets_available?: number;
      uma_request_invoice?: components["schemas"]["UmaInvoice"] | null;
    };
    NewEvent: {
      title: string;
      description: string;
      start_time: string;
      end_time: string;
      capacity: number;
      price_sats: number;
      stream_url: string;
    };
    NewPurchase: { event_id: number; user_id: number; uma_address: string };
    Purchase: {
      ticket: { id: number; ticket_code?: string | null; payment_status: string };
      event: { title: string; price_sats: number };
      uma_request?: {
        invoice_id?: string | null;
        bolt11?: string | null;
        amount_sats: number;
        payment_hash?: string | null;
        uma_address?: string | null;
        description?: string | null;
        expires_at?: string | null;
        status: string;
      } | null;
      payment_required?: boolean;
      status_token?: string | null;
    };
    Collection: {
      state: string;
      detail?: string | null;
      vasp_domain?: string | null;
    };
    TicketStatus: {
      ticket: {
        id: number;
        ticket_code?: string | null;
        payment_status: string;
        created_at: string;
        paid_at?: string | null;
      };
      event: { title: string; start_time: string };
      payment: {
        status: string;
        amount_sats: number;
        invoice_id?: string | null;
        bolt11?: string | null;
      };
      hold_expires_at?: string | null;
      collection?: components["schemas"]["Collection"] | null;
    };
    UserTicket: {
      id: number;
      ticket_code?: string | null;
      payment_status: string;
      uma_address?: string | null;
      created_at: string;
      updated_at: string;
      event: {
        id: number;
        title: string;
        start_time: string;
        end_time: string;
        stream_url?: string | null;
        price_sats: number;
      };
      payment?: {
        id: number;
        status: string;
        amount_sats: number;
        invoice_id?: string | null;
      } | null;
    };
    SeriesPoint: { at: string; sold: number; revenue_sats: number };
    OverviewEvent: {
      id: number;
      title: string;
      sold: number;
      held: number;
      revenue_sats: number;
      capacity: number;
    };
    Overview: {
      sold_today: number;
      revenue_sats: number;
      held: number;
      waiting: number;
      refundable: number;
      series: components["schemas"]["SeriesPoint"][];
      events: components["schemas"]["OverviewEvent"][];
    };
    NodeBalance: {
      total_balance_sats: number;
      available_balance_sats: number;
      node_id: string;
      status: string;
    };
    AdminEvent: components["schemas"]["Event"] & {
      sold: number;
      held: number;
      checked_in: number;
      revenue_sats: number;
      refundable_sats: number;
      cancelled_at: string | null;
    };
    Attendee: {
      ticket_id: number;
      name?: string | null;
      email?: string | null;
      uma_address?: string | null;
      payment_status: string;
      paid_at?: string | null;
      checked_in_at?: string | null;
    };
    EventInvoice: {
      event: { id: number; title: string };
      invoice: {
        id: string;
        payment_hash: string;
        bolt11: string;
        amount_sats: number;
        status: string;
        expires_at?: string | null;
      };
      uma_address: string;
    };
    PaymentQuery: { q?: string; status?: string; limit?: number; offset?: number };
    AdminPayment: {
      id: number;
      invoice_id?: string | null;
      amount_sats: number;
      status: string;
      created_at: string;
      exception?: string | null;
      received_msats: number;
      refundable_msats: number;
      refunded_msats: number;
      event_id: number;
      event_title: string;
      ticket: {
        id: number;
        ticket_code?: string | null;
        payment_status: string;
        uma_address?: string | null;
      };
    };
    TimelineEntry: { at: string; kind: string; detail?: string | null };
    Refund: {
      id: number;
      payment_id: number;
      amount_msats: number;
      destination: string;
      status: string;
      fee_msats: number;
      error?: string | null;
      created_at: string;
      updated_at: string;
    };
    NewRefund: { destination?: string | null; revoke?: boolean };
    CancellationPlan: {
      dry_run: boolean;
      tickets: number;
      refund_sats: number;
      available_sats?: number | null;
    };
    PaymentDetail: {
      payment: components["schemas"]["AdminPayment"];
      refunds: components["schemas"]["Refund"][];
      timeline: components["schemas"]["TimelineEntry"][];
    };
    Retried: {
      payment_id: number;
      new_invoice?: {
        id: string;
        bolt11: string;
        amount_sats: number;
        expires_at?: string | null;
      } | null;
      status: string;
    };
    NewCheckIn: { ticket_code: string; event_id: number };
    CheckIn: {
      valid: boolean;
      first_time?: boolean;
      already_checked_in?: boolean;
      checked_in_at?: string | null;
      checked_in?: number;
      sold?: number;
      ticket?: { id: number; user_id?: number | null };
      name?: string | null;
      event?: { title: string };
    };
  };
}
