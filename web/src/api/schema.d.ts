/** Generated from the server's OpenAPI document by `npm run gen:api`. */

export interface paths {
    "/.well-known/lnurlp/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Pay us
         * @description An LNURL-pay response (LUD-06); with UMA's query parameters, a signed one (UMAD-04).
         */
        get: operations["lnurlp"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/lnurlpubkey": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Our public keys (UMAD-02) */
        get: operations["public_keys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/uma-configuration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What we speak (UMAD-10) */
        get: operations["configuration"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What organisers did, newest first */
        get: operations["list_audit_lines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/check-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let someone in at the door */
        post: operations["check_in"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All events with their sales, newest first */
        get: operations["list_admin_events"];
        put?: never;
        /** Put an event on sale */
        post: operations["create_event"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/events/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change an event; tickets already held keep their price */
        put: operations["update_event"];
        post?: never;
        /** Delete an event that nobody ever had a ticket for */
        delete: operations["delete_event"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/events/{id}/attendees": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who may come in, by ticket; all of them unless a limit is given */
        get: operations["list_attendees"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/events/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Call an event off: pending tickets are given back, paid ones refunded to their buyers' addresses */
        post: operations["cancel_event"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/events/{id}/invoices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Invoices of an event as such, newest first, with what they received */
        get: operations["list_event_invoices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/events/{id}/uma-invoice": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make an invoice for an event as such, to put on a poster */
        post: operations["create_event_invoice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/jobs/dead": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Jobs given up, newest first */
        get: operations["dead_jobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/jobs/{id}/revive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put a job that was given up back in the queue */
        post: operations["revive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/node/balance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What our Lightning node owns */
        get: operations["get_node_balance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The shop at a glance */
        get: operations["get_overview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/payments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Payments, newest first; all of them unless a limit is given */
        get: operations["list_payments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/payments/pending": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Payments not in yet, newest first; all of them unless a limit is given */
        get: operations["list_pending_payments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/payments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One payment with all that is known of it */
        get: operations["get_payment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/payments/{id}/refund": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send refundable money back */
        post: operations["refund_payment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/payments/{id}/refunds/{refund_id}/give-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give an open refund up
         * @description Its money is refundable again, or goes to another address at once. 409 `refund_in_flight` while the node may be paying it,
         *     `refund_unresolved` if `confirmed_unpaid` is needed, `refund_ended` if it was paid or has failed.
         */
        post: operations["give_up"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/payments/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Try a failed or expired payment again */
        post: operations["retry_payment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Am I an organiser */
        get: operations["get_admin_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the web app needs to know */
        get: operations["config"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Events on sale, by their start */
        get: operations["list_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One event */
        get: operations["get_event"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/lnurl/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the invoice (LUD-06)
         * @description Errors come with HTTP 200, as LNURL asks.
         */
        get: operations["lnurl_callback"];
        put?: never;
        /** Pay request to the general callback, for the payer's only pending ticket with that price */
        post: operations["general_payreq"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/lnurl/verify/{payment_hash}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether an invoice is settled (LUD-21) */
        get: operations["lnurl_verify"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/payments/{invoice_id}/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How a payment stands, by its invoice: one's own, or any as an organiser */
        get: operations["get_payment_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tickets/purchase": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Buy a ticket
         * @description Holds a seat, makes the invoice, and asks the buyer's wallet for the money. The same `Idempotency-Key` with the same body
         *     gives the same ticket again, and so does an authenticated buyer's identical purchase without a key within 30 seconds.
         */
        post: operations["purchase_ticket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tickets/uma-callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hint that a payment came in
         * @description Nobody is marked paid on a caller's word: the Lightning node is asked.
         */
        post: operations["uma_callback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tickets/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Open the door */
        post: operations["validate_ticket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tickets/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a pending ticket, or an unused free one of an event that has not begun, back */
        post: operations["cancel_ticket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tickets/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A ticket's status, now and whenever it changes
         * @description Events named `status`, each with the `data` of the status call. A stream ends after an hour, and when the token it was opened with
         *     is void; clients open another one, or poll. So do clients that are refused with 429 or 503.
         */
        get: operations["stream_ticket_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tickets/{id}/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How a ticket stands */
        get: operations["get_ticket_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make an account */
        post: operations["register_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Get a token */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Void all my tokens */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who am I */
        get: operations["get_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/me/nwc-connection": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Is my wallet connected */
        get: operations["get_wallet"];
        /** Limit what purchases take from my wallet */
        put: operations["change_wallet_budget"];
        /** Connect my wallet, in place of the one before */
        post: operations["connect_wallet"];
        /** Forget my wallet */
        delete: operations["disconnect_wallet"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change my password; tokens issued before are void */
        put: operations["change_password"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/password-reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Request a link that sets a new password
         * @description The answer is the same whether or not an account has the address.
         */
        post: operations["request_password_reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/password-reset/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set a new password by a reset link
         * @description The link is valid once, for 24 hours. The address counts as proved, and all access tokens are void. An account whose address
         *     was not proved before loses its name, its wallet connection and its unpaid orders: a stranger may have registered it.
         */
        post: operations["confirm_password_reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/verify-email": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Prove my address by the link that was sent to it
         * @description The link is valid once, for 24 hours, and only in a session of the account that it was sent for.
         */
        post: operations["verify_email"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One account */
        get: operations["get_user"];
        /** Change an account: one's own, or any as an organiser */
        put: operations["update_user"];
        post?: never;
        /** Erase an account: one's own, or any as an organiser */
        delete: operations["erase_user"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user_id}/tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A person's tickets, newest first: one's own, or anybody's as an organiser; all of them unless a limit is given */
        get: operations["list_user_tickets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/payment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Notice from the Lightning node
         * @description Verified over the raw body, kept, answered, and processed afterwards, exactly once.
         */
        post: operations["node_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Is the process well */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Numbers for Prometheus */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Should this replica get traffic */
        get: operations["ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/uma/payreq/event/{payment_hash}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pay request for an event's own invoice (UMAD-05) */
        post: operations["event_payreq"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/uma/payreq/{ticket_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pay request for a ticket (UMAD-05) */
        post: operations["payreq"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Progress of asking the buyer's wallet for the money. */
        AdminCollection: {
            detail: string | null;
            state: components["schemas"]["CollectionState"];
        };
        /** @description An event with its sales. */
        AdminEvent: components["schemas"]["Event"] & {
            /**
             * Format: int64
             * @description Tickets checked in.
             */
            checked_in: number;
            /**
             * Format: int64
             * @description Pending tickets.
             */
            held: number;
            /**
             * Format: int64
             * @description What should go back.
             */
            refundable_sats: number;
            /** Format: int64 */
            revenue_sats: number;
            /**
             * Format: int64
             * @description Paid tickets.
             */
            sold: number;
        };
        /** @description A payment with its ticket. */
        AdminPayment: {
            /** Format: int64 */
            amount_sats: number;
            /** Format: date-time */
            created_at: string;
            /** Format: int64 */
            event_id: number;
            event_title: string;
            exception: components["schemas"]["PaymentAnomaly"] | null;
            /** Format: int64 */
            id: number;
            invoice_id: string | null;
            /** Format: date-time */
            paid_at: string | null;
            /** Format: int64 */
            received_msats: number;
            /** Format: int64 */
            refundable_msats: number;
            /** Format: int64 */
            refunded_msats: number;
            status: components["schemas"]["PaymentState"];
            ticket: components["schemas"]["AdminTicket"];
        };
        /** @description The payment's ticket. */
        AdminTicket: {
            /** Format: int64 */
            id: number;
            payment_status: components["schemas"]["TicketState"];
            ticket_code: string;
            uma_address: string;
            /** Format: int64 */
            user_id: number | null;
        };
        /** @description Success with something to return. */
        Answer_CancellationPlan: {
            /** @description What calling an event off means. */
            data: {
                /**
                 * Format: int64
                 * @description What our node can send now, when it says.
                 */
                available_sats: number | null;
                /** @description Whether it was only asked what would happen. */
                dry_run: boolean;
                /**
                 * Format: int64
                 * @description What goes back to buyers.
                 */
                refund_sats: number;
                /**
                 * Format: int64
                 * @description Tickets sold or held.
                 */
                tickets: number;
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_CheckIn: {
            /** @description Someone at the door. */
            data: {
                already_checked_in: boolean;
                /**
                 * Format: int64
                 * @description People in, this one counted.
                 */
                checked_in: number;
                /** Format: date-time */
                checked_in_at: string | null;
                event: components["schemas"]["CheckInEvent"];
                first_time: boolean;
                /** @description What the person is called. */
                name: string | null;
                /** Format: int64 */
                sold: number;
                ticket: components["schemas"]["CheckInTicket"];
                /** @description Always true: a ticket that is not valid is an error. */
                valid: boolean;
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_Event: {
            /** @description An event. */
            data: {
                /**
                 * Format: date-time
                 * @description When it was cancelled; `null` when it was not.
                 */
                cancelled_at: string | null;
                /** Format: int32 */
                capacity: number;
                /** Format: date-time */
                created_at: string;
                description: string;
                /** Format: date-time */
                end_time: string;
                /** Format: int64 */
                id: number;
                is_active: boolean;
                /**
                 * Format: int32
                 * @description Unpaid or free seats that one network may hold, where an organiser chose a number; 0 is no limit. For organisers.
                 */
                network_limit?: number | null;
                /**
                 * Format: int64
                 * @description 0 for a free event.
                 */
                price_sats: number;
                /** Format: date-time */
                start_time: string;
                status: components["schemas"]["EventState"];
                /** @description What a ticket buys: for organisers and those who hold a paid ticket; `null` for others. */
                stream_url: string | null;
                /**
                 * Format: int32
                 * @description Seats neither sold nor held; 0 once the event is cancelled.
                 */
                tickets_available: number;
                /**
                 * @description Where the event's times are told: a name of the IANA time zone database.
                 * @example Europe/Berlin
                 */
                time_zone: string;
                title: string;
                uma_request_invoice?: components["schemas"]["UmaInvoice"] | null;
                /** Format: date-time */
                updated_at: string;
                /** @description Whether the caller holds a paid ticket. */
                user_has_ticket: boolean;
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_EventInvoice: {
            /** @description A fresh invoice for an event as such. */
            data: {
                event: components["schemas"]["InvoicedEvent"];
                invoice: components["schemas"]["InvoiceView"];
                /** @description Whom it pays. */
                uma_address: string;
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_GivenUpRefund: {
            /** @description A refund that was given up */
            data: {
                given_up: components["schemas"]["Refund"];
                refund: components["schemas"]["Refund"] | null;
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_LoggedIn: {
            /** @description An access token and whose it is. */
            data: {
                /** @description A JWT, valid for 24 hours: `Authorization: Bearer …`. */
                token: string;
                user: components["schemas"]["User"];
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_NewToken: {
            /** @description A token in place of those that became void. */
            data: {
                token: string;
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_NodeBalance: {
            /** @description What our Lightning node owns. */
            data: {
                /** Format: int64 */
                available_balance_sats: number;
                node_id: string;
                status: string;
                /** Format: int64 */
                total_balance_sats: number;
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_Overview: {
            /** @description The shop at a glance. */
            data: {
                events: components["schemas"]["OverviewEvent"][];
                /**
                 * Format: int64
                 * @description Seats in a purchase.
                 */
                held: number;
                /**
                 * Format: int64
                 * @description Satoshis that should go back.
                 */
                refundable: number;
                /**
                 * Format: int64
                 * @description All that is ours to keep.
                 */
                revenue_sats: number;
                /** @description Sales by the hour, of the last seven days. */
                series: components["schemas"]["SeriesPoint"][];
                /**
                 * Format: int64
                 * @description Tickets sold since midnight UTC.
                 */
                sold_today: number;
                /**
                 * Format: int64
                 * @description Payments not in yet.
                 */
                waiting: number;
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_PaymentDetail: {
            /** @description A payment with all that is known of it. */
            data: {
                /** @description The current state of asking for the money. */
                collection: components["schemas"]["AdminCollection"];
                invoices: components["schemas"]["PaymentInvoice"][];
                payment: components["schemas"]["AdminPayment"];
                refunds: components["schemas"]["Refund"][];
                /** @description What happened, oldest first. */
                timeline: components["schemas"]["TimelineEntry"][];
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_PaymentStatus: {
            /** @description How a payment stands. */
            data: {
                payment: components["schemas"]["PaymentView"];
                ticket: components["schemas"]["PaymentTicket"];
                uma_status?: components["schemas"]["NodeInvoice"] | null;
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_Processed: {
            /** @description What became of a hint. */
            data: {
                /** @description Always `processed`: the node was asked, or will be. */
                status: string;
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_PublicConfig: {
            /** @description Public configuration for the web app. */
            data: {
                /** @description The shop's public name. */
                domain: string;
                /**
                 * Format: int32
                 * @description Minutes before the start of an event at which a ticket opens the stream.
                 */
                early_entry_minutes: number;
                rate?: components["schemas"]["Rate"] | null;
                /** @description Whether payments use test money. */
                sandbox: boolean;
                /** @description URL of the test wallet. */
                sandbox_wallet_url?: string | null;
                uma_auth?: components["schemas"]["UmaAuthConfig"] | null;
                /**
                 * Format: int64
                 * @description The same for the purchases of one day (UTC).
                 */
                wallet_budget_per_day_sats?: number | null;
                /**
                 * Format: int64
                 * @description Maximum per purchase from a connected wallet without an owner's limit; also the budget to request.
                 */
                wallet_budget_per_purchase_sats?: number | null;
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_Purchase: {
            /** @description What was bought. */
            data: {
                event: components["schemas"]["BoughtEvent"];
                /** @description Whether payment is still awaited; absent for a free event. */
                payment_required?: boolean | null;
                /** @description Shows the full status (`?token=`) without an account: keep it. */
                status_token: string;
                ticket: components["schemas"]["BoughtTicket"];
                uma_request?: components["schemas"]["UmaRequest"] | null;
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_Refund: {
            /** @description Money on its way back. */
            data: {
                /** Format: int64 */
                amount_msats: number;
                /** Format: date-time */
                created_at: string;
                destination: string;
                /** @description Why it failed, or waits. */
                error: string | null;
                /** Format: int64 */
                fee_msats: number;
                /** Format: int64 */
                id: number;
                /** Format: int64 */
                payment_id: number;
                status: components["schemas"]["RefundState"];
                /** Format: date-time */
                updated_at: string;
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_Retried: {
            /** @description A payment tried again. */
            data: {
                new_invoice: components["schemas"]["RetriedInvoice"] | null;
                /** Format: int64 */
                payment_id: number;
                status: components["schemas"]["PaymentState"];
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_TicketStatus: {
            /** @description How a ticket stands. */
            data: {
                collection: components["schemas"]["Collection"] | null;
                event: components["schemas"]["StatusEvent"];
                /**
                 * Format: date-time
                 * @description Until when the seat is kept for an unpaid ticket.
                 */
                hold_expires_at: string | null;
                payment: components["schemas"]["StatusPayment"];
                ticket: components["schemas"]["StatusTicket"];
                uma_request: components["schemas"]["PaymentLink"] | null;
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_User: {
            /** @description An account as its owner sees it. */
            data: {
                /** Format: date-time */
                created_at: string;
                email: string;
                /** Format: int64 */
                id: number;
                name: string;
                /** Format: date-time */
                updated_at: string;
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_UserProfile: {
            /** @description An account as anybody sees it; `email` and `updated_at` are for its owner and organisers. */
            data: {
                /** Format: date-time */
                created_at: string;
                email?: string | null;
                /** Format: int64 */
                id: number;
                name: string;
                /** Format: date-time */
                updated_at?: string | null;
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_Validation: {
            /** @description Someone let in. */
            data: {
                event: components["schemas"]["ValidatedEvent"];
                ticket: components["schemas"]["ValidatedTicket"];
                /** @description Always true: a ticket that is not valid is an error. */
                valid: boolean;
                /** Format: date-time */
                validated_at: string;
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_Vec_AdminEvent: {
            data: (components["schemas"]["Event"] & {
                /**
                 * Format: int64
                 * @description Tickets checked in.
                 */
                checked_in: number;
                /**
                 * Format: int64
                 * @description Pending tickets.
                 */
                held: number;
                /**
                 * Format: int64
                 * @description What should go back.
                 */
                refundable_sats: number;
                /** Format: int64 */
                revenue_sats: number;
                /**
                 * Format: int64
                 * @description Paid tickets.
                 */
                sold: number;
            })[];
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_Vec_AdminPayment: {
            data: {
                /** Format: int64 */
                amount_sats: number;
                /** Format: date-time */
                created_at: string;
                /** Format: int64 */
                event_id: number;
                event_title: string;
                exception: components["schemas"]["PaymentAnomaly"] | null;
                /** Format: int64 */
                id: number;
                invoice_id: string | null;
                /** Format: date-time */
                paid_at: string | null;
                /** Format: int64 */
                received_msats: number;
                /** Format: int64 */
                refundable_msats: number;
                /** Format: int64 */
                refunded_msats: number;
                status: components["schemas"]["PaymentState"];
                ticket: components["schemas"]["AdminTicket"];
            }[];
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_Vec_Attendee: {
            data: {
                /** Format: date-time */
                checked_in_at: string | null;
                email: string | null;
                name: string | null;
                /** Format: date-time */
                paid_at: string | null;
                payment_status: components["schemas"]["TicketState"];
                /** Format: int64 */
                ticket_id: number;
                uma_address: string;
            }[];
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_Vec_AuditLine: {
            data: {
                /** @example event.update */
                action: string;
                /**
                 * Format: int64
                 * @description Who; `null` for the command line.
                 */
                actor: number | null;
                /** Format: date-time */
                at: string;
                detail: string;
                /** Format: int64 */
                id: number;
                /** @example event/7 */
                subject: string;
            }[];
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_Vec_DeadJob: {
            data: {
                /** Format: int32 */
                attempts: number;
                /** Format: date-time */
                created_at: string;
                error: string | null;
                /** Format: int64 */
                id: number;
                /** @description What it does. */
                task: Record<string, never>;
            }[];
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_Vec_Event: {
            data: {
                /**
                 * Format: date-time
                 * @description When it was cancelled; `null` when it was not.
                 */
                cancelled_at: string | null;
                /** Format: int32 */
                capacity: number;
                /** Format: date-time */
                created_at: string;
                description: string;
                /** Format: date-time */
                end_time: string;
                /** Format: int64 */
                id: number;
                is_active: boolean;
                /**
                 * Format: int32
                 * @description Unpaid or free seats that one network may hold, where an organiser chose a number; 0 is no limit. For organisers.
                 */
                network_limit?: number | null;
                /**
                 * Format: int64
                 * @description 0 for a free event.
                 */
                price_sats: number;
                /** Format: date-time */
                start_time: string;
                status: components["schemas"]["EventState"];
                /** @description What a ticket buys: for organisers and those who hold a paid ticket; `null` for others. */
                stream_url: string | null;
                /**
                 * Format: int32
                 * @description Seats neither sold nor held; 0 once the event is cancelled.
                 */
                tickets_available: number;
                /**
                 * @description Where the event's times are told: a name of the IANA time zone database.
                 * @example Europe/Berlin
                 */
                time_zone: string;
                title: string;
                uma_request_invoice?: components["schemas"]["UmaInvoice"] | null;
                /** Format: date-time */
                updated_at: string;
                /** @description Whether the caller holds a paid ticket. */
                user_has_ticket: boolean;
            }[];
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_Vec_EventInvoiceRecord: {
            data: {
                /** Format: int64 */
                amount_sats: number;
                bolt11: string;
                /** Format: date-time */
                created_at: string;
                /** Format: date-time */
                expires_at: string;
                /** @description The node's own name for it. */
                id: string;
                payment_hash: string;
                /** Format: date-time */
                settled_at: string | null;
                /**
                 * Format: int64
                 * @description What it received, in millisatoshis.
                 */
                settled_msats: number;
                status: components["schemas"]["EventInvoiceState"];
            }[];
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_Vec_UserTicket: {
            data: {
                /**
                 * Format: int32
                 * @description The revision of that entry (RFC 5545 `SEQUENCE`), as in the newest email.
                 */
                calendar_sequence: number;
                /** @description The ticket's name in calendars (RFC 5545 `UID`), as in its emails. */
                calendar_uid: string;
                /** Format: date-time */
                created_at: string;
                event: components["schemas"]["UserTicketEvent"];
                /** Format: int64 */
                id: number;
                payment?: components["schemas"]["UserTicketPayment"] | null;
                payment_status: components["schemas"]["TicketState"];
                ticket_code: string;
                uma_address: string;
                /** Format: date-time */
                updated_at: string;
            }[];
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Success with something to return. */
        Answer_WalletConnection: {
            /** @description Whether a wallet is connected. */
            data: {
                /**
                 * Format: int64
                 * @description Most that the purchases of one day (UTC) take without the owner being asked.
                 */
                budget_per_day_sats?: number | null;
                /**
                 * Format: int64
                 * @description Most that one purchase takes without the owner being asked; left out when there is no limit.
                 */
                budget_per_purchase_sats?: number | null;
                connected: boolean;
                /** Format: date-time */
                created_at?: string | null;
                /**
                 * Format: date-time
                 * @description When the connection ends; `null` if it does not, left out if there is none.
                 */
                expires_at?: string | null;
                /** @description Why a wallet that was connected is not used any more. */
                problem?: string | null;
                /** @description Whether the shop renews it by itself before that. */
                renews?: boolean;
                /**
                 * Format: int64
                 * @description What wallets were ordered to pay today (UTC), unless it certainly failed.
                 */
                spent_today_sats?: number | null;
                /** @description `connected`, `expired`, `stale` (it has not answered for a while) or `needs_reconnect`. */
                state?: string | null;
                /** @description The wallet's own address, when it said. */
                uma_address?: string | null;
            };
            /** @description A sentence for people. */
            message: string;
        };
        /** @description Someone who may come in. */
        Attendee: {
            /** Format: date-time */
            checked_in_at: string | null;
            /** Format: email */
            email: string | null;
            name: string | null;
            /** Format: date-time */
            paid_at: string | null;
            payment_status: components["schemas"]["TicketState"];
            /** Format: int64 */
            ticket_id: number;
            uma_address: string;
        };
        /** @description What somebody did. */
        AuditLine: {
            /** @example event.update */
            action: string;
            /**
             * Format: int64
             * @description Who; `null` for the command line.
             */
            actor: number | null;
            /** Format: date-time */
            at: string;
            detail: string;
            /** Format: int64 */
            id: number;
            /** @example event/7 */
            subject: string;
        };
        /** @description What the ticket is for. */
        BoughtEvent: {
            /** Format: int64 */
            price_sats: number;
            title: string;
        };
        /** @description A ticket just bought. */
        BoughtTicket: {
            /** Format: int64 */
            id: number;
            payment_status: components["schemas"]["TicketState"];
            ticket_code: string;
        };
        /** @description Money on its way back to the buyer, or arrived there. */
        BuyerRefund: {
            /** Format: int64 */
            amount_msats: number;
            /** @description The UMA or Lightning address it goes to. */
            destination: string;
            status: components["schemas"]["RefundState"];
            /** Format: date-time */
            updated_at: string;
        };
        /** @description What calling an event off means. */
        CancellationPlan: {
            /**
             * Format: int64
             * @description What our node can send now, when it says.
             */
            available_sats: number | null;
            /** @description Whether it was only asked what would happen. */
            dry_run: boolean;
            /**
             * Format: int64
             * @description What goes back to buyers.
             */
            refund_sats: number;
            /**
             * Format: int64
             * @description Tickets sold or held.
             */
            tickets: number;
        };
        /** @description A new password. */
        ChangePassword: {
            /** Format: password */
            current_password: string;
            /** Format: password */
            new_password: string;
        };
        /** @description Someone at the door. */
        CheckIn: {
            already_checked_in: boolean;
            /**
             * Format: int64
             * @description People in, this one counted.
             */
            checked_in: number;
            /** Format: date-time */
            checked_in_at: string | null;
            event: components["schemas"]["CheckInEvent"];
            first_time: boolean;
            /** @description What the person is called. */
            name: string | null;
            /** Format: int64 */
            sold: number;
            ticket: components["schemas"]["CheckInTicket"];
            /** @description Always true: a ticket that is not valid is an error. */
            valid: boolean;
        };
        /** @description What it is for. */
        CheckInEvent: {
            title: string;
        };
        /** @description The ticket. */
        CheckInTicket: {
            /** Format: int64 */
            id: number;
            /** Format: int64 */
            user_id: number | null;
        };
        /** @description How far asking for the money is. */
        Collection: {
            /** @description More about it, a sentence for people. */
            detail: string | null;
            state: components["schemas"]["CollectionState"];
            /** @description Where the buyer's wallet lives. */
            vasp_domain: string | null;
        };
        /**
         * @description Progress of asking the buyer's wallet for the money.
         * @enum {string}
         */
        CollectionState: "queued" | "wallet_paying" | "request_sent" | "unreachable" | "refused";
        /** @description New password with the token of a reset link. */
        ConfirmPasswordReset: {
            /** Format: password */
            password: string;
            token: string;
        };
        /** @description A wallet to connect. All of it is kept encrypted and never shown again. */
        ConnectWallet: {
            /**
             * Format: int64
             * @description Most that the purchases of one day (UTC) may take without you being asked.
             */
            budget_per_day_sats?: number | null;
            /**
             * Format: int64
             * @description Most that one purchase may take without you being asked, whole satoshis; left out: as before, or the shop's default.
             */
            budget_per_purchase_sats?: number | null;
            /** @description UMA Auth. */
            client_id?: string | null;
            /**
             * Format: date-time
             * @description When the connection ends.
             */
            expires_at?: string | null;
            /** @description `nostr+walletconnect://…` (NIP-47). */
            nwc_connection_uri: string;
            /** @description UMA Auth: from now on this server alone refreshes the connection. */
            refresh_token?: string | null;
            /** @description UMA Auth; without it, it is read from the configuration of the provider of `uma_address` whenever it is needed. */
            token_endpoint?: string | null;
            /** @description The wallet's own address. */
            uma_address?: string | null;
        };
        /** @description A job given up. */
        DeadJob: {
            /** Format: int32 */
            attempts: number;
            /** Format: date-time */
            created_at: string;
            error: string | null;
            /** Format: int64 */
            id: number;
            /** @description What it does. */
            task: Record<string, never>;
        };
        /** @description Success with nothing to return. */
        Done: {
            /** @description A sentence for people. */
            message: string;
        };
        /** @description An event. */
        Event: {
            /**
             * Format: date-time
             * @description When it was cancelled; `null` when it was not.
             */
            cancelled_at: string | null;
            /** Format: int32 */
            capacity: number;
            /** Format: date-time */
            created_at: string;
            description: string;
            /** Format: date-time */
            end_time: string;
            /** Format: int64 */
            id: number;
            is_active: boolean;
            /**
             * Format: int32
             * @description Unpaid or free seats that one network may hold, where an organiser chose a number; 0 is no limit. For organisers.
             */
            network_limit?: number | null;
            /**
             * Format: int64
             * @description 0 for a free event.
             */
            price_sats: number;
            /** Format: date-time */
            start_time: string;
            status: components["schemas"]["EventState"];
            /** @description What a ticket buys: for organisers and those who hold a paid ticket; `null` for others. */
            stream_url: string | null;
            /**
             * Format: int32
             * @description Seats neither sold nor held; 0 once the event is cancelled.
             */
            tickets_available: number;
            /**
             * @description Where the event's times are told: a name of the IANA time zone database.
             * @example Europe/Berlin
             */
            time_zone: string;
            title: string;
            uma_request_invoice?: components["schemas"]["UmaInvoice"] | null;
            /** Format: date-time */
            updated_at: string;
            /** @description Whether the caller holds a paid ticket. */
            user_has_ticket: boolean;
        };
        /** @description What changes of an event; what is left out stays. */
        EventChanges: {
            /** Format: int64 */
            capacity?: number | null;
            description?: string | null;
            /** Format: date-time */
            end_time?: string | null;
            is_active?: boolean | null;
            /**
             * Format: int64
             * @description Unpaid or free seats that one network may hold; 0 is no limit, `null` takes the shop's setting again.
             */
            network_limit?: number | null;
            /** Format: int64 */
            price_sats?: number | null;
            /** Format: date-time */
            start_time?: string | null;
            stream_url?: string | null;
            /**
             * @description A name of the IANA time zone database.
             * @example Europe/Berlin
             */
            time_zone?: string | null;
            title?: string | null;
        };
        /** @description A fresh invoice for an event as such. */
        EventInvoice: {
            event: components["schemas"]["InvoicedEvent"];
            invoice: components["schemas"]["InvoiceView"];
            /** @description Whom it pays. */
            uma_address: string;
        };
        /** @description An invoice of an event as such, with what it received. */
        EventInvoiceRecord: {
            /** Format: int64 */
            amount_sats: number;
            bolt11: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            /** @description The node's own name for it. */
            id: string;
            payment_hash: string;
            /** Format: date-time */
            settled_at: string | null;
            /**
             * Format: int64
             * @description What it received, in millisatoshis.
             */
            settled_msats: number;
            status: components["schemas"]["EventInvoiceState"];
        };
        /**
         * @description An invoice for an event as such: `pending` until it is paid or expires.
         * @enum {string}
         */
        EventInvoiceState: "pending" | "paid" | "expired";
        /**
         * @description Origin of an entry in a payment's history.
         * @enum {string}
         */
        EventOrigin: "node" | "preimage" | "buyer" | "organiser" | "system";
        /**
         * @description Event status: `on_sale`, `paused` while it is switched off, `cancelled` for good.
         * @enum {string}
         */
        EventState: "on_sale" | "paused" | "cancelled";
        /** @enum {string} */
        FieldCode: "empty" | "missing" | "duplicate" | "too_long" | "too_short" | "invisible_characters" | "common_password" | "wrong_password" | "not_an_email_address" | "not_a_payment_address" | "not_a_payment_hash" | "not_a_url" | "not_a_time" | "not_in_future" | "not_after_start" | "unknown_time_zone" | "not_a_number" | "not_a_boolean" | "not_a_text" | "not_a_list" | "out_of_range" | "too_small" | "too_large" | "unknown_value" | "capacity_below_sold" | "expired_link" | "unusable_wallet" | "unreachable_wallet" | "invalid";
        /** @description An open refund that ends without being paid. */
        GiveUpRefund: {
            /**
             * @description For a refund whose invoice has expired without a clear answer of the node: the node's own list of payments was checked, and
             *     this payment is not on it.
             * @default false
             */
            confirmed_unpaid: boolean;
            /**
             * @description A UMA or Lightning address that gets the money instead; without one, it is refundable again.
             * @default null
             */
            destination: string | null;
        };
        /** @description A refund that was given up */
        GivenUpRefund: {
            given_up: components["schemas"]["Refund"];
            refund: components["schemas"]["Refund"] | null;
        };
        /** @description How the process is. */
        Health: {
            /**
             * @description `up` or `down`.
             * @enum {string}
             */
            database: "up" | "down";
            /**
             * @description `healthy` or `unhealthy`.
             * @enum {string}
             */
            status: "healthy" | "unhealthy";
            version: string;
        };
        /** @description Which quota is used up, and what it allows. */
        HoldLimit: {
            /**
             * Format: int32
             * @description Unpaid and free seats of the event that are allowed.
             * @example 10
             */
            allowed: number;
            /**
             * Format: int32
             * @description Unpaid and free seats of the event at the time of the request.
             * @example 10
             */
            outstanding: number;
            /**
             * @description `account`, `payer` or `network`.
             * @example account
             * @enum {string}
             */
            scope: "account" | "payer" | "network";
        };
        /**
         * @description Invoice status.
         * @enum {string}
         */
        InvoiceState: "open" | "settled" | "unpaid";
        /** @description An invoice. */
        InvoiceView: {
            /** Format: int64 */
            amount_sats: number;
            bolt11: string;
            /** Format: date-time */
            expires_at: string;
            id: string;
            payment_hash: string;
            status: components["schemas"]["EventInvoiceState"];
        };
        /** @description The event. */
        InvoicedEvent: {
            /** Format: int64 */
            id: number;
            title: string;
        };
        /** @description Whether the caller is an organiser; without an envelope. */
        IsAdmin: {
            is_admin: boolean;
        };
        /** @description The error form of LNURL and UMA. */
        LnurlError: {
            /** @description UMA's code. */
            code?: string | null;
            reason: string;
            /**
             * @description Always `ERROR`.
             * @enum {string}
             */
            status: "ERROR";
        };
        /** @description An access token and whose it is. */
        LoggedIn: {
            /** @description A JWT, valid for 24 hours: `Authorization: Bearer …`. */
            token: string;
            user: components["schemas"]["User"];
        };
        /** @description Who logs in. */
        Login: {
            /** Format: email */
            email: string;
            /** Format: password */
            password: string;
        };
        /** @description A new event. */
        NewEvent: {
            /** Format: int64 */
            capacity: number;
            description?: string;
            /** Format: date-time */
            end_time: string;
            /**
             * Format: int64
             * @description Unpaid or free seats that one network may hold (a class, an office, a campus); 0 is no limit, `null` the shop's setting.
             */
            network_limit?: number | null;
            /**
             * Format: int64
             * @description 0 for a free event.
             */
            price_sats: number;
            /** Format: date-time */
            start_time: string;
            stream_url?: string;
            /**
             * @description Where the event's times are told: a name of the IANA time zone database; `UTC` by default.
             * @example Europe/Berlin
             */
            time_zone?: string | null;
            title: string;
        };
        /** @description A wish to buy. */
        NewPurchase: {
            /** Format: int64 */
            event_id: number;
            /**
             * Format: int64
             * @description The price that was shown; another price of now is refused with `price_changed`.
             */
            price_sats?: number | null;
            /**
             * @description Whom to ask for the money; not needed for a free event.
             * @example $alice@wallet.example
             */
            uma_address?: string;
            /**
             * Format: int64
             * @description An account; with a token it must be the caller's. Without one a paid ticket is a guest's, linked to no account.
             */
            user_id: number;
        };
        /** @description Where money goes back to. */
        NewRefund: {
            /** @description A UMA or Lightning address; the buyer's own by default. */
            destination?: string | null;
            /** @description Take a paid ticket back, and its price with it. */
            revoke?: boolean;
        };
        /** @description A token in place of those that became void. */
        NewToken: {
            token: string;
        };
        /** @description A new account. */
        NewUser: {
            /**
             * Format: email
             * @example alice@example.com
             */
            email: string;
            /** @example Alice */
            name: string;
            /**
             * Format: password
             * @description At least 8 characters.
             */
            password: string;
        };
        /** @description What our Lightning node owns. */
        NodeBalance: {
            /** Format: int64 */
            available_balance_sats: number;
            node_id: string;
            status: string;
            /** Format: int64 */
            total_balance_sats: number;
        };
        /** @description What the Lightning node says of an invoice. */
        NodeInvoice: {
            /** Format: int64 */
            amount_sats: number;
            invoice_id: string;
            payment_hash: string;
            status: components["schemas"]["NodeInvoiceState"];
        };
        /**
         * @description An invoice as the Lightning node reports it.
         * @enum {string}
         */
        NodeInvoiceState: "pending" | "paid" | "expired" | "unknown";
        /** @description The shop at a glance. */
        Overview: {
            events: components["schemas"]["OverviewEvent"][];
            /**
             * Format: int64
             * @description Seats in a purchase.
             */
            held: number;
            /**
             * Format: int64
             * @description Satoshis that should go back.
             */
            refundable: number;
            /**
             * Format: int64
             * @description All that is ours to keep.
             */
            revenue_sats: number;
            /** @description Sales by the hour, of the last seven days. */
            series: components["schemas"]["SeriesPoint"][];
            /**
             * Format: int64
             * @description Tickets sold since midnight UTC.
             */
            sold_today: number;
            /**
             * Format: int64
             * @description Payments not in yet.
             */
            waiting: number;
        };
        /** @description How one event sells. */
        OverviewEvent: {
            /** Format: int32 */
            capacity: number;
            /** Format: int64 */
            held: number;
            /** Format: int64 */
            id: number;
            /** Format: int64 */
            revenue_sats: number;
            /** Format: int64 */
            sold: number;
            status: components["schemas"]["EventState"];
            title: string;
        };
        /**
         * @description Money that does not fit its ticket.
         * @enum {string}
         */
        PaymentAnomaly: "late" | "over" | "under" | "duplicate" | "refund_due";
        /** @description A payment with all that is known of it. */
        PaymentDetail: {
            /** @description The current state of asking for the money. */
            collection: components["schemas"]["AdminCollection"];
            invoices: components["schemas"]["PaymentInvoice"][];
            payment: components["schemas"]["AdminPayment"];
            refunds: components["schemas"]["Refund"][];
            /** @description What happened, oldest first. */
            timeline: components["schemas"]["TimelineEntry"][];
        };
        /** @description One of a payment's invoices. */
        PaymentInvoice: {
            /** Format: int64 */
            amount_sats: number;
            bolt11: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            invoice_id: string;
            payment_hash: string;
            /** Format: date-time */
            settled_at: string | null;
            /** Format: int64 */
            settled_msats: number;
            status: components["schemas"]["InvoiceState"];
        };
        /** @description The link under which an LNURL wallet pays this order, and no other. */
        PaymentLink: {
            /** @description The link in bech32 (LUD-01), for a wallet's scanner. */
            lnurl: string;
            /**
             * Format: uri
             * @description The link itself (LUD-06).
             */
            payment_url: string;
        };
        /**
         * @description Payment status.
         * @enum {string}
         */
        PaymentState: "pending" | "paid" | "failed" | "expired" | "refunded";
        /** @description How a payment stands. */
        PaymentStatus: {
            payment: components["schemas"]["PaymentView"];
            ticket: components["schemas"]["PaymentTicket"];
            uma_status?: components["schemas"]["NodeInvoice"] | null;
        };
        /** @description Its ticket. */
        PaymentTicket: {
            /** Format: int64 */
            id: number;
            payment_status: components["schemas"]["TicketState"];
            ticket_code: string;
        };
        /** @description A payment. */
        PaymentView: {
            /** Format: int64 */
            amount_sats: number;
            /** Format: date-time */
            created_at: string;
            /** Format: int64 */
            id: number;
            invoice_id: string;
            /** Format: date-time */
            paid_at: string | null;
            status: components["schemas"]["PaymentState"];
        };
        /** @description What a refused or failed request says. */
        Problem: {
            /**
             * Format: int32
             * @description The HTTP status.
             * @example 400
             */
            code: number;
            /**
             * @description The HTTP reason phrase.
             * @example Bad Request
             */
            error: string;
            /** @description Stable words for what is wrong with each field, for programs. */
            field_types?: {
                [key: string]: components["schemas"]["FieldCode"];
            };
            /** @description What is wrong with each field of the request. */
            fields?: {
                [key: string]: string;
            };
            limit?: components["schemas"]["HoldLimit"] | null;
            /**
             * @description A sentence for people.
             * @example Event is sold out
             */
            message: string;
            /**
             * Format: int64
             * @description The price of now, for `price_changed`.
             */
            price_sats?: number | null;
            /**
             * @description A stable word for programs.
             * @example sold_out
             */
            type: string;
        };
        /** @description What became of a hint. */
        Processed: {
            /**
             * @description Always `processed`: the node was asked, or will be.
             * @enum {string}
             */
            status: "processed";
        };
        /** @description Public configuration for the web app. */
        PublicConfig: {
            /** @description The shop's public name. */
            domain: string;
            /**
             * Format: int32
             * @description Minutes before the start of an event at which a ticket opens the stream.
             */
            early_entry_minutes: number;
            rate?: components["schemas"]["Rate"] | null;
            /** @description Whether payments use test money. */
            sandbox: boolean;
            /** @description URL of the test wallet. */
            sandbox_wallet_url?: string | null;
            uma_auth?: components["schemas"]["UmaAuthConfig"] | null;
            /**
             * Format: int64
             * @description The same for the purchases of one day (UTC).
             */
            wallet_budget_per_day_sats?: number | null;
            /**
             * Format: int64
             * @description Maximum per purchase from a connected wallet without an owner's limit; also the budget to request.
             */
            wallet_budget_per_purchase_sats?: number | null;
        };
        /** @description What was bought. */
        Purchase: {
            event: components["schemas"]["BoughtEvent"];
            /** @description Whether payment is still awaited; absent for a free event. */
            payment_required?: boolean | null;
            /** @description Shows the full status (`?token=`) without an account: keep it. */
            status_token: string;
            ticket: components["schemas"]["BoughtTicket"];
            uma_request?: components["schemas"]["UmaRequest"] | null;
        };
        /** @description Exchange rate for display. */
        Rate: {
            /**
             * Format: date-time
             * @description Time of the rate.
             */
            at: string;
            /** @description ISO 4217. */
            currency: string;
            /**
             * Format: double
             * @description Satoshis for one unit of the currency.
             */
            sats_per_unit: number;
            /** @description Host of the source. */
            source: string;
        };
        /** @description Whether this replica should get traffic. */
        Ready: {
            /** @description The database answers; its schema was checked at start. */
            database: boolean;
            /**
             * @description `ready` or `not ready`.
             * @enum {string}
             */
            status: "ready" | "not ready";
            /** @description The worker has looked for jobs a moment ago. */
            worker: boolean;
        };
        /** @description Money on its way back. */
        Refund: {
            /** Format: int64 */
            amount_msats: number;
            /** Format: date-time */
            created_at: string;
            destination: string;
            /** @description Why it failed, or waits. */
            error: string | null;
            /** Format: int64 */
            fee_msats: number;
            /** Format: int64 */
            id: number;
            /** Format: int64 */
            payment_id: number;
            status: components["schemas"]["RefundState"];
            /** Format: date-time */
            updated_at: string;
        };
        /**
         * @description Refund status: `requested` and `sending` are under way, `paid` arrived, `failed` did not leave.
         * @enum {string}
         */
        RefundState: "requested" | "sending" | "paid" | "failed";
        /** @description Password reset request. */
        RequestPasswordReset: {
            /**
             * Format: email
             * @example alice@example.com
             */
            email: string;
        };
        /** @description A payment tried again. */
        Retried: {
            new_invoice: components["schemas"]["RetriedInvoice"] | null;
            /** Format: int64 */
            payment_id: number;
            status: components["schemas"]["PaymentState"];
        };
        /** @description A fresh invoice. */
        RetriedInvoice: {
            /** Format: int64 */
            amount_sats: number;
            bolt11: string;
            /** Format: date-time */
            expires_at: string;
            id: string;
        };
        /** @description An hour's sales. */
        SeriesPoint: {
            /** Format: date-time */
            at: string;
            /** Format: int64 */
            revenue_sats: number;
            /** Format: int64 */
            sold: number;
        };
        /** @description What it is for. */
        StatusEvent: {
            /**
             * Format: date-time
             * @description When it was cancelled; `null` when it was not.
             */
            cancelled_at: string | null;
            /** Format: date-time */
            start_time: string;
            status: components["schemas"]["EventState"];
            /**
             * @description Where the event's times are told: a name of the IANA time zone database.
             * @example Europe/Berlin
             */
            time_zone: string;
            title: string;
        };
        /** @description What is owed for it. */
        StatusPayment: {
            /** Format: int64 */
            amount_sats: number;
            anomaly: components["schemas"]["PaymentAnomaly"] | null;
            /** @description Payable with any Lightning wallet; shown to those who see the code. */
            bolt11: string | null;
            invoice_id: string | null;
            /**
             * Format: int64
             * @description What arrived altogether; this and the following for those who see the code, `null` for others.
             */
            received_msats: number | null;
            refund: components["schemas"]["BuyerRefund"] | null;
            /**
             * Format: int64
             * @description What should go back and has not arrived there yet, a refund under way included.
             */
            refundable_msats: number | null;
            /**
             * Format: int64
             * @description What went back.
             */
            refunded_msats: number | null;
            status: components["schemas"]["PaymentState"];
        };
        /** @description The ticket. */
        StatusTicket: {
            /**
             * Format: int32
             * @description The revision of that entry (RFC 5545 `SEQUENCE`), as in the newest email; for those who see the code.
             */
            calendar_sequence: number | null;
            /** @description The ticket's name in calendars (RFC 5545 `UID`), as in its emails; for those who see the code. */
            calendar_uid: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: int64 */
            id: number;
            /** Format: date-time */
            paid_at: string | null;
            payment_status: components["schemas"]["TicketState"];
            /** @description Opens the door: for the owner, an organiser, or the holder of the status token; `null` for others. */
            ticket_code: string | null;
        };
        /**
         * @description Ticket status: `pending` holds a seat, `paid` admits, the others take no seat.
         * @enum {string}
         */
        TicketState: "pending" | "paid" | "failed" | "expired" | "cancelled" | "refunded";
        /** @description How a ticket stands. */
        TicketStatus: {
            collection: components["schemas"]["Collection"] | null;
            event: components["schemas"]["StatusEvent"];
            /**
             * Format: date-time
             * @description Until when the seat is kept for an unpaid ticket.
             */
            hold_expires_at: string | null;
            payment: components["schemas"]["StatusPayment"];
            ticket: components["schemas"]["StatusTicket"];
            uma_request: components["schemas"]["PaymentLink"] | null;
        };
        /** @description An entry of a payment's history. */
        TimelineEntry: {
            /**
             * Format: int64
             * @description The organiser who did it.
             */
            actor_id: number | null;
            /** Format: date-time */
            at: string;
            detail: string | null;
            /** @description `held`, `invoice`, `settled`, `paid`, `hold_lapsed`, `checked_in`, `refund`, `refunded` … */
            kind: string;
            origin: components["schemas"]["EventOrigin"] | null;
            status: components["schemas"]["PaymentState"] | null;
        };
        /** @description How to connect a wallet by UMA Auth (UMADE-01). */
        UmaAuthConfig: {
            /** @description Our application's Nostr identity. */
            app_pubkey: string;
            /** @description Redirect URI of the wallet. */
            redirect_uri: string;
            /** @description The relay with its profile. */
            relay: string;
        };
        /** @description What a wallet provider tells us about a payment. */
        UmaCallback: {
            /** Format: int64 */
            amount_sats?: number | null;
            invoice_id: string;
            payment_hash: string;
            signature?: string | null;
            /** @description Not believed: the node is asked. */
            status: string;
            timestamp?: string | null;
        };
        /** @description An invoice for an event as such, tied to no ticket. */
        UmaInvoice: {
            /** Format: int64 */
            amount_sats: number;
            bolt11: string;
            /** Format: date-time */
            expires_at: string;
            /** Format: int64 */
            id: number;
            invoice_id: string;
            payment_hash: string;
            uma_address: string;
        };
        /** @description The request for money that goes to the buyer's wallet. */
        UmaRequest: {
            /** Format: int64 */
            amount_sats: number;
            bolt11: string;
            description: string;
            /** Format: date-time */
            expires_at: string;
            invoice_id: string;
            /** @description The order's own link in bech32 (LUD-01), for an LNURL wallet's scanner. */
            lnurl: string;
            payment_hash: string;
            /**
             * Format: uri
             * @description The order's own link (LUD-06): pays this order, and no other.
             */
            payment_url: string;
            status: components["schemas"]["PaymentState"];
            uma_address: string;
        };
        /** @description What changes of an account. */
        UpdateUser: {
            /**
             * Format: password
             * @description The caller's own current password (an admin's too): needed when `email` changes.
             */
            current_password?: string | null;
            /** Format: email */
            email: string;
            name: string;
        };
        /** @description An account as its owner sees it. */
        User: {
            /** Format: date-time */
            created_at: string;
            /** Format: email */
            email: string;
            /** Format: int64 */
            id: number;
            name: string;
            /** Format: date-time */
            updated_at: string;
        };
        /** @description An account as anybody sees it; `email` and `updated_at` are for its owner and organisers. */
        UserProfile: {
            /** Format: date-time */
            created_at: string;
            /** Format: email */
            email?: string | null;
            /** Format: int64 */
            id: number;
            name: string;
            /** Format: date-time */
            updated_at?: string | null;
        };
        /** @description One of a person's tickets. */
        UserTicket: {
            /**
             * Format: int32
             * @description The revision of that entry (RFC 5545 `SEQUENCE`), as in the newest email.
             */
            calendar_sequence: number;
            /** @description The ticket's name in calendars (RFC 5545 `UID`), as in its emails. */
            calendar_uid: string;
            /** Format: date-time */
            created_at: string;
            event: components["schemas"]["UserTicketEvent"];
            /** Format: int64 */
            id: number;
            payment?: components["schemas"]["UserTicketPayment"] | null;
            payment_status: components["schemas"]["TicketState"];
            ticket_code: string;
            uma_address: string;
            /** Format: date-time */
            updated_at: string;
        };
        /** @description What a ticket is for. */
        UserTicketEvent: {
            /**
             * Format: date-time
             * @description When it was cancelled; `null` when it was not.
             */
            cancelled_at: string | null;
            /** Format: date-time */
            end_time: string;
            /** Format: int64 */
            id: number;
            /** Format: int64 */
            price_sats: number;
            /** Format: date-time */
            start_time: string;
            status: components["schemas"]["EventState"];
            /** @description Once paid. */
            stream_url: string | null;
            /**
             * @description Where the event's times are told: a name of the IANA time zone database.
             * @example Europe/Berlin
             */
            time_zone: string;
            title: string;
        };
        /** @description What was paid for a ticket. */
        UserTicketPayment: {
            /** Format: int64 */
            amount_sats: number;
            anomaly: components["schemas"]["PaymentAnomaly"] | null;
            /** Format: int64 */
            id: number;
            invoice_id: string | null;
            /**
             * Format: int64
             * @description What arrived altogether.
             */
            received_msats: number;
            /**
             * Format: int64
             * @description What should go back and has not arrived there yet.
             */
            refundable_msats: number;
            /**
             * Format: int64
             * @description What went back.
             */
            refunded_msats: number;
            status: components["schemas"]["PaymentState"];
        };
        /** @description A ticket at the door. */
        ValidateTicket: {
            /** Format: int64 */
            event_id: number;
            ticket_code: string;
        };
        /** @description What it opens. */
        ValidatedEvent: {
            stream_url: string;
            title: string;
        };
        /** @description The ticket. */
        ValidatedTicket: {
            /** Format: int64 */
            id: number;
            ticket_code: string;
            /** Format: int64 */
            user_id: number | null;
        };
        /** @description Someone let in. */
        Validation: {
            event: components["schemas"]["ValidatedEvent"];
            ticket: components["schemas"]["ValidatedTicket"];
            /** @description Always true: a ticket that is not valid is an error. */
            valid: boolean;
            /** Format: date-time */
            validated_at: string;
        };
        /** @description The answer, or in LNURL's way with the same status, a refusal. */
        Verification: components["schemas"]["Verified"] | components["schemas"]["LnurlError"];
        /** @description Whether an invoice is settled (LUD-21). */
        Verified: {
            pr: string;
            preimage: string | null;
            settled: boolean;
            status: string;
        };
        /** @description A link from an email. */
        VerifyEmail: {
            token: string;
        };
        /** @description What purchases may take from a connected wallet; `null` leaves the shop's default in force. */
        WalletBudgetForm: {
            /**
             * Format: int64
             * @description All purchases of one day (UTC), whole satoshis.
             */
            budget_per_day_sats?: number | null;
            /**
             * Format: int64
             * @description One purchase, whole satoshis.
             */
            budget_per_purchase_sats?: number | null;
        };
        /** @description Whether a wallet is connected. */
        WalletConnection: {
            /**
             * Format: int64
             * @description Most that the purchases of one day (UTC) take without the owner being asked.
             */
            budget_per_day_sats?: number | null;
            /**
             * Format: int64
             * @description Most that one purchase takes without the owner being asked; left out when there is no limit.
             */
            budget_per_purchase_sats?: number | null;
            connected: boolean;
            /** Format: date-time */
            created_at?: string | null;
            /**
             * Format: date-time
             * @description When the connection ends; `null` if it does not, left out if there is none.
             */
            expires_at?: string | null;
            /** @description Why a wallet that was connected is not used any more. */
            problem?: string | null;
            /** @description Whether the shop renews it by itself before that. */
            renews?: boolean;
            /**
             * Format: int64
             * @description What wallets were ordered to pay today (UTC), unless it certainly failed.
             */
            spent_today_sats?: number | null;
            /** @description `connected`, `expired`, `stale` (it has not answered for a while) or `needs_reconnect`. */
            state?: null | components["schemas"]["WalletState"];
            /** @description The wallet's own address, when it said. */
            uma_address?: string | null;
        };
        /** @enum {string} */
        WalletState: "connected" | "expired" | "stale" | "needs_reconnect";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    lnurlp: {
        parameters: {
            query?: {
                /** @description Names one ticket; from its own link. */
                ticket?: string;
            };
            header?: never;
            path: {
                /** @example tickets */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description The query cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description Repeat with a supported version */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
        };
    };
    public_keys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
        };
    };
    configuration: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
        };
    };
    list_audit_lines: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    /** @description Lines on all pages */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_AuditLine"];
                };
            };
            /** @description The query cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    check_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ValidateTicket"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_CheckIn"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_admin_events: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    /** @description Events on all pages */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_AdminEvent"];
                };
            };
            /** @description The query cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_event: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewEvent"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Event"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_event: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EventChanges"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Event"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused in the present state; `type` says which rule */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_event: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused in the present state; `type` says which rule */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_attendees: {
        parameters: {
            query?: {
                /** @description `csv` for a spreadsheet, with everybody in it and times in the event's zone. */
                format?: string;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    /** @description Paid tickets in all */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_Attendee"];
                };
            };
            /** @description The query cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_event: {
        parameters: {
            query?: {
                /** @description Only say what would happen. */
                dry_run?: boolean;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_CancellationPlan"];
                };
            };
            /** @description The query cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_event_invoices: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    /** @description Invoices on all pages */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_EventInvoiceRecord"];
                };
            };
            /** @description The query cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_event_invoice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_EventInvoice"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused in the present state; `type` says which rule */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The Lightning node did not answer; nothing was charged */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    dead_jobs: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    /** @description Jobs on all pages */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_DeadJob"];
                };
            };
            /** @description The query cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_node_balance: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_NodeBalance"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The Lightning node did not answer; nothing was charged */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment: try again as `Retry-After` says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_overview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Overview"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_payments: {
        parameters: {
            query?: {
                /** @description Part of an invoice id, bolt11, payment hash or address; or a ticket or payment number. */
                q?: string;
                /** @description A status, an exception such as `refund_due`, or `refundable`. */
                status?: string;
                /** @description Only those that owe money back. */
                refundable?: string;
                event_id?: number;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    /** @description Matches on all pages */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_AdminPayment"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_pending_payments: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    /** @description Matches on all pages */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_AdminPayment"];
                };
            };
            /** @description The query cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_payment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_PaymentDetail"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    refund_payment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRefund"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Refund"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused in the present state; `type` says which rule */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    give_up: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
                refund_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GiveUpRefund"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_GivenUpRefund"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused in the present state; `type` says which rule */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retry_payment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Retried"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused in the present state; `type` says which rule */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The Lightning node did not answer; nothing was charged */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_admin_status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IsAdmin"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    config: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_PublicConfig"];
                };
            };
        };
    };
    list_events: {
        parameters: {
            query?: {
                /** @description Words in title or description. */
                q?: string;
                /** @description Only free (`true`) or only paid (`false`) events. */
                free?: string;
                /** @description Only events whose ticket costs at most so many satoshis. */
                max_price_sats?: number;
                /** @description Only events that are not over. */
                upcoming?: string;
                /** @description Only events that end after this moment. */
                from?: string;
                /** @description Only events that start before this moment. */
                to?: string;
                /** @description 1–100, 50 by default. */
                limit?: number;
                /** @description Events skipped. */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    /** @description Matches on all pages */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_Event"];
                };
            };
            /** @description The query cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_event: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Event"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    lnurl_callback: {
        parameters: {
            query: {
                /** @description Names one ticket; from discovery's `callback`. */
                ref?: string;
                /** @description Our user name as a UMA payer spelled it; from discovery's `callback`. */
                payee?: string;
                /** @description Millisatoshis. */
                amount: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `{pr, routes: []}`, or `{status: "ERROR", reason}` */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description The query cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
        };
    };
    general_payreq: {
        parameters: {
            query?: {
                /** @description Our user name as the payer spelled it; from discovery's `callback`. */
                payee?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description The query cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description Refused; `code` is UMA's */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
        };
    };
    lnurl_verify: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                payment_hash: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verification"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
        };
    };
    get_payment_status: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The node's invoice id, or the bolt11 */
                invoice_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_PaymentStatus"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    purchase_ticket: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1–255 printable characters */
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPurchase"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Purchase"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused in the present state; `type` says which rule */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Understood and refused; `type` says why */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests: wait as `Retry-After` says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The Lightning node did not answer; nothing was charged */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment: try again as `Retry-After` says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    uma_callback: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UmaCallback"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Processed"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    validate_ticket: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ValidateTicket"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Validation"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests: wait as `Retry-After` says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_ticket: {
        parameters: {
            query?: {
                /** @description The purchase's `status_token`. */
                token?: string;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_TicketStatus"];
                };
            };
            /** @description The query cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused in the present state; `type` says which rule */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests: wait as `Retry-After` says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stream_ticket_status: {
        parameters: {
            query?: {
                /** @description The purchase's `status_token`. */
                token?: string;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description The query cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests: wait as `Retry-After` says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment: try again as `Retry-After` says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_ticket_status: {
        parameters: {
            query?: {
                /** @description The purchase's `status_token`. */
                token?: string;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_TicketStatus"];
                };
            };
            /** @description The query cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests: wait as `Retry-After` says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    register_user: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_User"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused in the present state; `type` says which rule */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests: wait as `Retry-After` says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Login"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_LoggedIn"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests: wait as `Retry-After` says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_User"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_wallet: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_WalletConnection"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_wallet_budget: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WalletBudgetForm"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    connect_wallet: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConnectWallet"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests: wait as `Retry-After` says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    disconnect_wallet: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangePassword"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_NewToken"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    request_password_reset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RequestPasswordReset"];
            };
        };
        responses: {
            /** @description Accepted: the rest happens in the background */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests: wait as `Retry-After` says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirm_password_reset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConfirmPasswordReset"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests: wait as `Retry-After` says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verify_email: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VerifyEmail"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_User"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_UserProfile"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests: wait as `Retry-After` says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateUser"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_User"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused in the present state; `type` says which rule */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    erase_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused in the present state; `type` says which rule */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_user_tickets: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                user_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    /** @description Tickets on all pages */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_UserTicket"];
                };
            };
            /** @description The query cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token's account may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such number */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    node_webhook: {
        parameters: {
            query?: never;
            header: {
                /** @description HMAC-SHA256 of the body */
                "lightspark-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": string;
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment: try again as `Retry-After` says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description Not possible at the moment: try again as `Retry-After` says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            /** @description Not possible at the moment: try again as `Retry-After` says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
        };
    };
    event_payreq: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                payment_hash: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description The body cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description Refused; `code` is UMA's */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
        };
    };
    payreq: {
        parameters: {
            query?: {
                /** @description From the UMA Invoice's callback. */
                t?: string;
                /** @description Our user name as the payer spelled it. */
                payee?: string;
            };
            header?: never;
            path: {
                ticket_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description A signed pay-request response (UMAD-06) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description The request is invalid; `fields` names what is wrong with which field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description No token, or one that is not valid: log in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description Not found, or not visible to this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description The body took longer than 10 seconds to arrive */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description The body is larger than 64 KiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description The other side's keys could not be fetched */
            424: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description Not now: try again in a moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
        };
    };
}
