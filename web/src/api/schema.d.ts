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
         * Discover the LNURL-pay endpoint
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
        /** Public keys (UMAD-02) */
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
        /** UMA configuration (UMAD-10) */
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
        /** List the audit log, newest first */
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
        /** Check in a ticket */
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
        /** List all events with their sales, newest first */
        get: operations["list_admin_events"];
        put?: never;
        /** Create an event */
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
        /** Update an event; held tickets keep their price */
        put: operations["update_event"];
        post?: never;
        /** Delete an event that never had tickets */
        delete: operations["delete_event"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/events/{id}/announcements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Announce something to all viewers of an event; replaces the earlier announcement */
        post: operations["announce"];
        /** Withdraw the announcement of an event */
        delete: operations["withdraw_announcement"];
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
        /** List attendees by ticket; all of them without `limit` */
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
        /** Cancel an event: pending tickets are cancelled, paid ones refunded to the buyers' addresses */
        post: operations["cancel_event"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/events/{id}/complimentary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give tickets away
         * @description The tickets cost nothing and are issued at once. They count against quotas and capacity, and need neither a promo code nor an open sale; archived types are refused. The same `Idempotency-Key` and body return the same order.
         */
        post: operations["place_complimentary_order"];
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
        /** List event invoices with received amounts, newest first */
        get: operations["list_event_invoices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/events/{id}/promo-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List an event's promo codes, archived ones included */
        get: operations["list_promo_codes"];
        put?: never;
        /** Add a promo code of an event */
        post: operations["add_promo_code"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/events/{id}/sales": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get an event's sales by ticket type and promo code */
        get: operations["get_event_sales"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/events/{id}/ticket-types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List an event's ticket types, archived ones included */
        get: operations["list_ticket_types"];
        put?: never;
        /** Add a ticket type */
        post: operations["add_ticket_type"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/events/{id}/ticket-types/order": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Sort an event's ticket types */
        put: operations["sort_ticket_types"];
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
        /** Create an event invoice, which is not tied to a ticket */
        post: operations["create_event_invoice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/events/{id}/viewers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Count the viewers of an event */
        get: operations["get_viewers"];
        put?: never;
        post?: never;
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
        /** List failed jobs, newest first */
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
        /** Requeue a failed job */
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
        /** Balance of the Lightning node */
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
        /** Dashboard figures */
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
        /** List payments, newest first; all of them without `limit` */
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
        /** List pending payments, newest first; all of them without `limit` */
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
        /** Get a payment with its details */
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
        /** Refund a payment */
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
         * Cancel an open refund
         * @description The amount becomes refundable again, or is sent to another address. 409 `refund_in_flight` while the node may be paying it, `refund_unresolved` if `confirmed_unpaid` is required, `refund_ended` if it was paid or has failed.
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
        /** Retry a failed or expired payment */
        post: operations["retry_payment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/promo-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the promo codes for all events, archived ones included */
        get: operations["list_general_promo_codes"];
        put?: never;
        /** Add a promo code for all events */
        post: operations["add_general_promo_code"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/promo-codes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Update a promo code; placed orders keep their discounts */
        put: operations["update_promo_code"];
        post?: never;
        /** Delete a promo code, or archive one that orders name */
        delete: operations["remove_promo_code"];
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
        /** Check whether the caller is an organiser */
        get: operations["get_admin_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/ticket-types/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Update a ticket type; placed orders keep their prices */
        put: operations["update_ticket_type"];
        post?: never;
        /** Delete a ticket type, or archive one that orders or promo codes name */
        delete: operations["remove_ticket_type"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/tickets/{id}/refund": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refund a ticket
         * @description The ticket is revoked and its price refunded; other tickets of its order stay valid. The last ticket is refunded like the payment, with all that is refundable; a free ticket is revoked without a refund. Checked-in tickets can be refunded. 409 `already_refunded` if it is not valid any more, `not_paid` if it was never issued, `nothing_due` if an open refund covers its price.
         */
        post: operations["refund_ticket"];
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
        /** Public configuration */
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
        /** List events on sale by start time */
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
        /** Get an event */
        get: operations["get_event"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{id}/watch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open a watch session
         * @description For holders of a paid ticket and organisers. Earlier sessions of the ticket end.
         */
        post: operations["open_watch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{id}/watch/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream a watch session
         * @description Server-sent events: `session` (`state`), `event` (`phase`, `opens_at`, `ends_at`, `replay_until`, `media`), `token` (`token`, `token_expires_at`), `announcement` (`announcement`) and for organisers `viewers` (`now`, `peak`). The stream ends after `taken_over` or `ended`.
         */
        get: operations["stream_watch"];
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
         * Create an invoice (LUD-06)
         * @description Errors have HTTP status 200, as LNURL requires.
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
    "/api/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Place an order
         * @description Holds the seats of all lines or none, creates one invoice for the total and sends a payment request if a UMA address is given. A guest's free order is issued when the emailed link is opened. The same `Idempotency-Key` and body return the same order, as does an identical authenticated order without a key within 30 seconds.
         */
        post: operations["place_order"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/quote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Price an order
         * @description Holds no seats. An order with the returned `quote` is charged these prices for two minutes. Distinct promo codes are limited per network.
         */
        post: operations["quote_order"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get an order; for its buyer, organisers, and holders of its token */
        get: operations["get_order"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel an unpaid order, or give unused free tickets back; for its buyer, organisers, and holders of its token */
        post: operations["cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{id}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Confirm the email address of a guest's free order, which issues its tickets; repeatable */
        post: operations["confirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream an order
         * @description Server-sent events named `order`, each with the order. A stream ends after an hour or when its token expires; clients then reconnect or poll, as after 429 and 503.
         */
        get: operations["stream_order"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{id}/refund": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Name the address of a refund that waits for one (`refund_needs_address`); for the buyer, organisers, and holders of the order's token */
        post: operations["refund_to_address"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{id}/tickets/{ticket_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Name the person that a ticket is for, until check-in; a new address gets an email with the ticket */
        patch: operations["change_holder"];
        trace?: never;
    };
    "/api/orders/{id}/tickets/{ticket_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give an unused free ticket of an order back before the event starts; for its buyer, organisers, and holders of its token */
        post: operations["give_ticket_back"];
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
        /** Payment status by invoice; organisers may read any payment */
        get: operations["get_payment_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/stream/authorize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Authorize a request to a media server (nginx `auth_request`)
         * @description Reads the viewer's request target with the query parameter `token` from the header `X-Original-URI`.
         */
        get: operations["authorize_stream"];
        put?: never;
        /** Authorize a request to a media server (`MediaMTX`, `authHTTPAddress`) */
        post: operations["authorize_media_server"];
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
         * @description Holds a seat, creates the invoice and sends a payment request to the buyer's wallet. The same `Idempotency-Key` and body return the same ticket, as does an identical authenticated purchase without a key within 30 seconds.
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
         * Payment notification
         * @description The payment is verified with the Lightning node; the notification itself is not trusted.
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
        /** Validate a ticket code */
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
        /** Cancel a pending ticket, or an unused free one before the event starts */
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
         * Stream a ticket's status
         * @description Server-sent events named `status`, each with the `data` of the status endpoint. A stream ends after an hour or when its token expires; clients then reconnect or poll, as after 429 and 503.
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
        /** Ticket status */
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
        /** Create an account */
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
        /** Log in */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/login-link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Request a link that logs in without a password
         * @description The response is the same whether or not the account exists. An account whose address is unconfirmed gets a password reset link instead.
         */
        post: operations["request_login_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/login-link/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in with an emailed link
         * @description The link works once, for 15 minutes.
         */
        post: operations["confirm_login"];
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
        /** Log out of all sessions */
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
        /** Get the caller's account */
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
        /** Get the wallet connection */
        get: operations["get_wallet"];
        /** Set spending limits of the wallet connection */
        put: operations["change_wallet_budget"];
        /** Connect a wallet, replacing the current one */
        post: operations["connect_wallet"];
        /** Disconnect the wallet */
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
        /** Change the password; existing tokens become invalid */
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
         * Request a password reset link
         * @description The response is the same whether or not the account exists.
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
         * Set a new password with a reset link
         * @description The link works once, for 24 hours. It confirms the email and invalidates all access tokens. An account that was unconfirmed loses its name, wallet connection and unpaid orders, since another person may have registered it.
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
         * Confirm an email address
         * @description The link works once, for 24 hours, and only in a session of its account.
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
        /** Get an account */
        get: operations["get_user"];
        /** Update an account; organisers may update any account */
        put: operations["update_user"];
        post?: never;
        /** Delete an account; organisers may delete any account */
        delete: operations["erase_user"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user_id}/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List an account's orders, newest first; 50 by default. Organisers may read any account */
        get: operations["list_user_orders"];
        put?: never;
        post?: never;
        delete?: never;
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
        /** List an account's tickets, newest first; all of them without `limit`. Organisers may read any account */
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
         * Webhook of the Lightning node
         * @description The signature is verified over the raw body. Events are stored before the response and processed exactly once.
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
        /** Liveness */
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
        /** Prometheus metrics */
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
        /** Readiness */
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
        /** Pay request for an event invoice (UMAD-05) */
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
        /** @description Progress of the payment request. */
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
             * @description Refundable amount.
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
            /**
             * Format: email
             * @description A guest's email address.
             */
            email: string | null;
            /** Format: int64 */
            event_id: number;
            event_title: string;
            exception: components["schemas"]["PaymentAnomaly"] | null;
            /** Format: int64 */
            id: number;
            invoice_id: string | null;
            lines: components["schemas"]["OrderLine"][];
            /**
             * Format: int64
             * @description `null` during an update from a release without orders.
             */
            order_id: number | null;
            /** Format: date-time */
            paid_at: string | null;
            /** @description Promo code of the order. */
            promo_code: string | null;
            /** Format: int64 */
            received_msats: number;
            /** @description UMA or Lightning address that refunds go to by default; `null` if none is known. */
            refund_address: string | null;
            /** Format: int64 */
            refundable_msats: number;
            /** Format: int64 */
            refunded_msats: number;
            status: components["schemas"]["PaymentState"];
            /** @description First ticket of the order. */
            ticket: components["schemas"]["AdminTicket"];
            /** @description All tickets of the order. */
            tickets: components["schemas"]["PaymentTicket"][];
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
        /** @description Message of the organiser to all viewers. */
        Announcement: {
            /**
             * Format: date-time
             * @description Time of publication.
             */
            at: string;
            text: string;
        };
        /** @description Success with data. */
        Answer_Announcement: {
            /** @description Message of the organiser to all viewers. */
            data: {
                /**
                 * Format: date-time
                 * @description Time of publication.
                 */
                at: string;
                text: string;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_CancellationPlan: {
            /** @description Effects of cancelling an event. */
            data: {
                /**
                 * Format: int64
                 * @description Balance that the node can send now, if known.
                 */
                available_sats: number | null;
                /** @description Whether this was a dry run. */
                dry_run: boolean;
                /**
                 * Format: int64
                 * @description Total refunds.
                 */
                refund_sats: number;
                /**
                 * Format: int64
                 * @description Tickets sold or held.
                 */
                tickets: number;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_CheckIn: {
            /** @description Result of a check-in. */
            data: {
                already_checked_in: boolean;
                /**
                 * Format: int64
                 * @description Attendees checked in, including this one.
                 */
                checked_in: number;
                /** Format: date-time */
                checked_in_at: string | null;
                event: components["schemas"]["CheckInEvent"];
                first_time: boolean;
                /** @description Attendee's name. */
                name: string | null;
                /** Format: int64 */
                sold: number;
                ticket: components["schemas"]["CheckInTicket"];
                /** @description Always true; invalid tickets return an error. */
                valid: boolean;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Event: {
            /** @description An event. */
            data: {
                /**
                 * Format: date-time
                 * @description Time of cancellation; `null` if not cancelled.
                 */
                cancelled_at: string | null;
                /**
                 * Format: int32
                 * @description Seats, of the first ticket type on sale.
                 */
                capacity: number;
                /** @description Email address or https address of the host; may be empty. */
                contact: string;
                /** Format: date-time */
                created_at: string;
                description: string;
                /** Format: date-time */
                end_time: string;
                /** @description Whether ticket holders watch on the watch page only. */
                gated: boolean;
                /** @description Public name shown as the event's host, entered by the organiser; may be empty. */
                host_name: string;
                /** Format: int64 */
                id: number;
                is_active: boolean;
                /**
                 * Format: int32
                 * @description Limit of unpaid or free tickets per network, if set; 0 is no limit. Organisers only.
                 */
                network_limit?: number | null;
                /**
                 * Format: int64
                 * @description Price of the first ticket type on sale; 0 is free.
                 */
                price_sats: number;
                /**
                 * Format: date-time
                 * @description End of the replay; `null` without one.
                 */
                replay_until: string | null;
                /** Format: date-time */
                start_time: string;
                status: components["schemas"]["EventState"];
                /** @description Stream URL for organisers and holders of a paid ticket; `null` for others. Holders get the watch page of a gated event. */
                stream_url: string | null;
                tags: string[];
                /** @description Ticket types in their order: those offered without a promo code, or all of them for organisers. */
                ticket_types: components["schemas"]["TicketType"][];
                /**
                 * Format: int32
                 * @description Seats neither sold nor held, of the first ticket type on sale; 0 once the event is cancelled.
                 */
                tickets_available: number;
                /**
                 * @description IANA time zone of the event.
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
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_EventInvoice: {
            /** @description New event invoice. */
            data: {
                event: components["schemas"]["InvoicedEvent"];
                invoice: components["schemas"]["InvoiceView"];
                /** @description Receiving UMA address. */
                uma_address: string;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_EventSales: {
            /** @description Sales of an event. Tickets that were refunded or given back do not count as sold. */
            data: {
                /** @description Promo codes of the event, and codes for all events that were used here. */
                promo_codes: components["schemas"]["PromoCodeSales"][];
                total: components["schemas"]["TotalSales"];
                /** @description Ticket types in their order, archived ones included. */
                types: components["schemas"]["TicketTypeSales"][];
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_GivenUpRefund: {
            /** @description Cancelled refund */
            data: {
                given_up: components["schemas"]["Refund"];
                refund: components["schemas"]["Refund"] | null;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_LoggedIn: {
            /** @description Access token and its account. */
            data: {
                /** @description A JWT, valid for 24 hours: `Authorization: Bearer …`. */
                token: string;
                user: components["schemas"]["User"];
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_NewToken: {
            /** @description New token replacing the invalidated ones. */
            data: {
                token: string;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_NodeBalance: {
            /** @description Balance of the Lightning node. */
            data: {
                /** Format: int64 */
                available_balance_sats: number;
                node_id: string;
                status: string;
                /** Format: int64 */
                total_balance_sats: number;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Order: {
            /** @description An order, as its buyer, organisers and holders of its token see it. */
            data: {
                collection: components["schemas"]["Collection"] | null;
                /** Format: date-time */
                created_at: string;
                /** @description A guest's email address. */
                email: string | null;
                event: components["schemas"]["OrderEvent"];
                /**
                 * Format: date-time
                 * @description End of the hold of a pending or unconfirmed order.
                 */
                hold_expires_at: string | null;
                /** Format: int64 */
                id: number;
                kind: components["schemas"]["OrderKind"];
                lines: components["schemas"]["OrderLine"][];
                payment: components["schemas"]["OrderPayment"] | null;
                payment_link: components["schemas"]["PaymentLink"] | null;
                /** @description Promo code of the order. */
                promo_code: string | null;
                status: components["schemas"]["OrderState"];
                tickets: components["schemas"]["OrderTicket"][];
                /**
                 * Format: int64
                 * @description Total when the order was placed.
                 */
                total_sats: number;
                /** @description UMA address of the wallet that is asked to pay. */
                uma_address: string | null;
                uma_request: components["schemas"]["UmaRequest"] | null;
                /** Format: date-time */
                updated_at: string;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Overview: {
            /** @description Dashboard figures. */
            data: {
                events: components["schemas"]["OverviewEvent"][];
                /**
                 * Format: int64
                 * @description Held seats.
                 */
                held: number;
                /**
                 * Format: int64
                 * @description Refundable satoshis.
                 */
                refundable: number;
                /**
                 * Format: int64
                 * @description Total revenue without refunds.
                 */
                revenue_sats: number;
                /** @description Hourly sales of the last seven days. */
                series: components["schemas"]["SeriesPoint"][];
                /**
                 * Format: int64
                 * @description Tickets sold since midnight UTC.
                 */
                sold_today: number;
                /**
                 * Format: int64
                 * @description Pending payments.
                 */
                waiting: number;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_OwnUser: {
            /** @description The caller's account. */
            data: components["schemas"]["User"] & {
                /** @description Whether the account is an organiser's. */
                is_admin: boolean;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_PaymentDetail: {
            /** @description Payment details. */
            data: {
                collection: components["schemas"]["AdminCollection"] | null;
                invoices: components["schemas"]["PaymentInvoice"][];
                payment: components["schemas"]["AdminPayment"];
                refunds: components["schemas"]["Refund"][];
                /** @description Timeline, oldest first. */
                timeline: components["schemas"]["TimelineEntry"][];
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_PaymentStatus: {
            /** @description Payment status. */
            data: {
                payment: components["schemas"]["PaymentView"];
                ticket: components["schemas"]["PaymentTicket"];
                uma_status?: components["schemas"]["NodeInvoice"] | null;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_PlacedOrder: {
            /** @description A placed order. */
            data: components["schemas"]["Order"] & {
                /** @description Grants access to the order (`?token=`) without an account. Store it. */
                order_token: string;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Processed: {
            /** @description Result of a payment notification. */
            data: {
                /** @description Always `processed`. */
                status: string;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_PromoCode: {
            /** @description A promo code. One use is one order. */
            data: {
                archived: boolean;
                code: string;
                discount: components["schemas"]["PromoDiscount"];
                /**
                 * Format: int64
                 * @description Event of the code; `null` is all events.
                 */
                event_id: number | null;
                /** Format: int64 */
                id: number;
                /**
                 * Format: int32
                 * @description Largest number of uses by one buyer; `null` is unlimited.
                 */
                max_per_buyer: number | null;
                /**
                 * Format: int32
                 * @description Largest number of uses; `null` is unlimited.
                 */
                max_uses: number | null;
                /** @description Ticket types that it applies to, hidden ones included; `null` is all that are not hidden. */
                ticket_type_ids: number[] | null;
                /**
                 * Format: int32
                 * @description Orders that use the code.
                 */
                used: number;
                /** Format: date-time */
                valid_from: string | null;
                /** Format: date-time */
                valid_until: string | null;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_PublicConfig: {
            /** @description Public configuration for the web app. */
            data: {
                /** @description Public domain. */
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
                 * @description Default daily limit (UTC).
                 */
                wallet_budget_per_day_sats?: number | null;
                /**
                 * Format: int64
                 * @description Maximum per purchase from a connected wallet without an owner's limit; also the budget to request.
                 */
                wallet_budget_per_purchase_sats?: number | null;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Purchase: {
            /** @description Purchase result. */
            data: {
                event: components["schemas"]["BoughtEvent"];
                /** @description Whether payment is pending; absent for a free event. */
                payment_required?: boolean | null;
                /** @description Grants access to the full status (`?token=`) without an account. Store it. */
                status_token: string;
                ticket: components["schemas"]["BoughtTicket"];
                uma_request?: components["schemas"]["UmaRequest"] | null;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Quote: {
            /** @description Prices of an order. No seats are held. */
            data: {
                /** Format: int64 */
                event_id: number;
                /** Format: date-time */
                expires_at: string | null;
                lines: components["schemas"]["OrderLine"][];
                /** @description The promo code in its stored spelling. */
                promo_code: string | null;
                /** @description Signed quote: an order that carries it is charged these prices until it expires. `null` without lines. */
                quote: string | null;
                /** @description Hidden ticket types that the promo code offers. */
                ticket_types: components["schemas"]["TicketType"][];
                /** Format: int64 */
                total_sats: number;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Refund: {
            /** @description Refund. */
            data: {
                /** Format: int64 */
                amount_msats: number;
                /** Format: date-time */
                created_at: string;
                destination: string;
                /** @description Reason for a failure or delay, as a sentence. */
                error: string | null;
                error_code: components["schemas"]["RefundErrorCode"] | null;
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
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Retried: {
            /** @description Retried payment. */
            data: {
                new_invoice: components["schemas"]["RetriedInvoice"] | null;
                /** Format: int64 */
                payment_id: number;
                status: components["schemas"]["PaymentState"];
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_TicketRefund: {
            /** @description Revoked ticket. */
            data: {
                refund: components["schemas"]["Refund"] | null;
                /** Format: int64 */
                ticket_id: number;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_TicketStatus: {
            /** @description Ticket status. */
            data: {
                collection: components["schemas"]["Collection"] | null;
                event: components["schemas"]["StatusEvent"];
                /**
                 * Format: date-time
                 * @description Expiry of the hold of an unpaid ticket.
                 */
                hold_expires_at: string | null;
                payment: components["schemas"]["StatusPayment"];
                ticket: components["schemas"]["StatusTicket"];
                uma_request: components["schemas"]["PaymentLink"] | null;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_TicketType: {
            /** @description A ticket type. */
            data: {
                archived: boolean;
                /**
                 * Format: int32
                 * @description Tickets that can be ordered: the rest of the quota or of the event, whichever is less.
                 */
                available: number;
                description: string;
                /** @description Whether it is offered only with a promo code that names it. */
                hidden: boolean;
                /** Format: int64 */
                id: number;
                /**
                 * Format: int32
                 * @description Largest number of tickets of this type in an order; `null` is limited by the shop only.
                 */
                max_per_order: number | null;
                /**
                 * Format: int32
                 * @description Smallest number of tickets of this type in an order that has any.
                 */
                min_per_order: number;
                name: string;
                /**
                 * Format: int32
                 * @description Place in the list, ascending.
                 */
                position: number;
                price: components["schemas"]["TicketPrice"];
                /**
                 * Format: int64
                 * @description Price of one ticket now, for a chosen price the smallest; `null` without a current exchange rate.
                 */
                price_sats: number | null;
                /**
                 * Format: int32
                 * @description Number of tickets of this type; `null` is limited by the event's capacity only.
                 */
                quota: number | null;
                sale: components["schemas"]["TicketTypeSale"];
                /**
                 * Format: date-time
                 * @description End of sale; `null` is until the event is over.
                 */
                sale_end: string | null;
                /**
                 * Format: date-time
                 * @description Start of sale; `null` is from the start.
                 */
                sale_start: string | null;
                /**
                 * Format: int32
                 * @description Tickets sold or held. Organisers only.
                 */
                taken?: number | null;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_User: {
            /** @description Account, as visible to its owner. */
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
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_UserProfile: {
            /** @description Public account; `email` and `updated_at` are visible to its owner and organisers. */
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
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Validation: {
            /** @description Result of a validation. */
            data: {
                event: components["schemas"]["ValidatedEvent"];
                ticket: components["schemas"]["ValidatedTicket"];
                /** @description Always true; invalid tickets return an error. */
                valid: boolean;
                /** Format: date-time */
                validated_at: string;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
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
                 * @description Refundable amount.
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
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Vec_AdminPayment: {
            data: {
                /** Format: int64 */
                amount_sats: number;
                /** Format: date-time */
                created_at: string;
                /** @description A guest's email address. */
                email: string | null;
                /** Format: int64 */
                event_id: number;
                event_title: string;
                exception: components["schemas"]["PaymentAnomaly"] | null;
                /** Format: int64 */
                id: number;
                invoice_id: string | null;
                lines: components["schemas"]["OrderLine"][];
                /**
                 * Format: int64
                 * @description `null` during an update from a release without orders.
                 */
                order_id: number | null;
                /** Format: date-time */
                paid_at: string | null;
                /** @description Promo code of the order. */
                promo_code: string | null;
                /** Format: int64 */
                received_msats: number;
                /** @description UMA or Lightning address that refunds go to by default; `null` if none is known. */
                refund_address: string | null;
                /** Format: int64 */
                refundable_msats: number;
                /** Format: int64 */
                refunded_msats: number;
                status: components["schemas"]["PaymentState"];
                /** @description First ticket of the order. */
                ticket: components["schemas"]["AdminTicket"];
                /** @description All tickets of the order. */
                tickets: components["schemas"]["PaymentTicket"][];
            }[];
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Vec_Attendee: {
            data: (components["schemas"]["TicketDetails"] & {
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
            })[];
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Vec_AuditLine: {
            data: {
                /** @example event.update */
                action: string;
                /**
                 * Format: int64
                 * @description Account id of the actor; `null` for the command line.
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
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Vec_DeadJob: {
            data: {
                /** Format: int32 */
                attempts: number;
                /** Format: date-time */
                created_at: string;
                error: string | null;
                /** Format: int64 */
                id: number;
                /** @description Job payload. */
                task: Record<string, never>;
            }[];
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Vec_Event: {
            data: {
                /**
                 * Format: date-time
                 * @description Time of cancellation; `null` if not cancelled.
                 */
                cancelled_at: string | null;
                /**
                 * Format: int32
                 * @description Seats, of the first ticket type on sale.
                 */
                capacity: number;
                /** @description Email address or https address of the host; may be empty. */
                contact: string;
                /** Format: date-time */
                created_at: string;
                description: string;
                /** Format: date-time */
                end_time: string;
                /** @description Whether ticket holders watch on the watch page only. */
                gated: boolean;
                /** @description Public name shown as the event's host, entered by the organiser; may be empty. */
                host_name: string;
                /** Format: int64 */
                id: number;
                is_active: boolean;
                /**
                 * Format: int32
                 * @description Limit of unpaid or free tickets per network, if set; 0 is no limit. Organisers only.
                 */
                network_limit?: number | null;
                /**
                 * Format: int64
                 * @description Price of the first ticket type on sale; 0 is free.
                 */
                price_sats: number;
                /**
                 * Format: date-time
                 * @description End of the replay; `null` without one.
                 */
                replay_until: string | null;
                /** Format: date-time */
                start_time: string;
                status: components["schemas"]["EventState"];
                /** @description Stream URL for organisers and holders of a paid ticket; `null` for others. Holders get the watch page of a gated event. */
                stream_url: string | null;
                tags: string[];
                /** @description Ticket types in their order: those offered without a promo code, or all of them for organisers. */
                ticket_types: components["schemas"]["TicketType"][];
                /**
                 * Format: int32
                 * @description Seats neither sold nor held, of the first ticket type on sale; 0 once the event is cancelled.
                 */
                tickets_available: number;
                /**
                 * @description IANA time zone of the event.
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
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Vec_EventInvoiceRecord: {
            data: {
                /** Format: int64 */
                amount_sats: number;
                bolt11: string;
                /** Format: date-time */
                created_at: string;
                /** Format: date-time */
                expires_at: string;
                /** @description Invoice id of the node. */
                id: string;
                payment_hash: string;
                /** Format: date-time */
                settled_at: string | null;
                /**
                 * Format: int64
                 * @description Received amount in millisatoshis.
                 */
                settled_msats: number;
                status: components["schemas"]["EventInvoiceState"];
            }[];
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Vec_Order: {
            data: {
                collection: components["schemas"]["Collection"] | null;
                /** Format: date-time */
                created_at: string;
                /** @description A guest's email address. */
                email: string | null;
                event: components["schemas"]["OrderEvent"];
                /**
                 * Format: date-time
                 * @description End of the hold of a pending or unconfirmed order.
                 */
                hold_expires_at: string | null;
                /** Format: int64 */
                id: number;
                kind: components["schemas"]["OrderKind"];
                lines: components["schemas"]["OrderLine"][];
                payment: components["schemas"]["OrderPayment"] | null;
                payment_link: components["schemas"]["PaymentLink"] | null;
                /** @description Promo code of the order. */
                promo_code: string | null;
                status: components["schemas"]["OrderState"];
                tickets: components["schemas"]["OrderTicket"][];
                /**
                 * Format: int64
                 * @description Total when the order was placed.
                 */
                total_sats: number;
                /** @description UMA address of the wallet that is asked to pay. */
                uma_address: string | null;
                uma_request: components["schemas"]["UmaRequest"] | null;
                /** Format: date-time */
                updated_at: string;
            }[];
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Vec_PromoCode: {
            data: {
                archived: boolean;
                code: string;
                discount: components["schemas"]["PromoDiscount"];
                /**
                 * Format: int64
                 * @description Event of the code; `null` is all events.
                 */
                event_id: number | null;
                /** Format: int64 */
                id: number;
                /**
                 * Format: int32
                 * @description Largest number of uses by one buyer; `null` is unlimited.
                 */
                max_per_buyer: number | null;
                /**
                 * Format: int32
                 * @description Largest number of uses; `null` is unlimited.
                 */
                max_uses: number | null;
                /** @description Ticket types that it applies to, hidden ones included; `null` is all that are not hidden. */
                ticket_type_ids: number[] | null;
                /**
                 * Format: int32
                 * @description Orders that use the code.
                 */
                used: number;
                /** Format: date-time */
                valid_from: string | null;
                /** Format: date-time */
                valid_until: string | null;
            }[];
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Vec_TicketType: {
            data: {
                archived: boolean;
                /**
                 * Format: int32
                 * @description Tickets that can be ordered: the rest of the quota or of the event, whichever is less.
                 */
                available: number;
                description: string;
                /** @description Whether it is offered only with a promo code that names it. */
                hidden: boolean;
                /** Format: int64 */
                id: number;
                /**
                 * Format: int32
                 * @description Largest number of tickets of this type in an order; `null` is limited by the shop only.
                 */
                max_per_order: number | null;
                /**
                 * Format: int32
                 * @description Smallest number of tickets of this type in an order that has any.
                 */
                min_per_order: number;
                name: string;
                /**
                 * Format: int32
                 * @description Place in the list, ascending.
                 */
                position: number;
                price: components["schemas"]["TicketPrice"];
                /**
                 * Format: int64
                 * @description Price of one ticket now, for a chosen price the smallest; `null` without a current exchange rate.
                 */
                price_sats: number | null;
                /**
                 * Format: int32
                 * @description Number of tickets of this type; `null` is limited by the event's capacity only.
                 */
                quota: number | null;
                sale: components["schemas"]["TicketTypeSale"];
                /**
                 * Format: date-time
                 * @description End of sale; `null` is until the event is over.
                 */
                sale_end: string | null;
                /**
                 * Format: date-time
                 * @description Start of sale; `null` is from the start.
                 */
                sale_start: string | null;
                /**
                 * Format: int32
                 * @description Tickets sold or held. Organisers only.
                 */
                taken?: number | null;
            }[];
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Vec_UserTicket: {
            data: (components["schemas"]["TicketDetails"] & {
                /**
                 * Format: int32
                 * @description The revision of that entry (RFC 5545 `SEQUENCE`), as in the newest email.
                 */
                calendar_sequence: number;
                /** @description Calendar identifier (RFC 5545 `UID`), as in its emails. */
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
            })[];
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_Viewers: {
            /** @description Viewers of an event. */
            data: {
                /**
                 * Format: int32
                 * @description Tickets with an open watch page.
                 */
                now: number;
                /**
                 * Format: int32
                 * @description Peak number of viewers.
                 */
                peak: number;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_WalletConnection: {
            /** @description Whether a wallet is connected. */
            data: {
                /**
                 * Format: int64
                 * @description Daily limit (UTC) of automatic payments.
                 */
                budget_per_day_sats?: number | null;
                /**
                 * Format: int64
                 * @description Limit per purchase of automatic payments; absent without a limit.
                 */
                budget_per_purchase_sats?: number | null;
                connected: boolean;
                /** Format: date-time */
                created_at?: string | null;
                /**
                 * Format: date-time
                 * @description Expiry of the connection; `null` if it does not expire, absent without a connection.
                 */
                expires_at?: string | null;
                /** @description Reason why a connected wallet is no longer used. */
                problem?: string | null;
                /** @description Whether the server refreshes it before it expires. */
                renews?: boolean;
                /**
                 * Format: int64
                 * @description Amount sent or possibly sent by wallets today (UTC).
                 */
                spent_today_sats?: number | null;
                /** @description `connected`, `expired`, `stale` (not responding) or `needs_reconnect`. */
                state?: string | null;
                /** @description UMA address of the wallet, if known. */
                uma_address?: string | null;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Success with data. */
        Answer_WatchSession: {
            /** @description A watch session. The newest one of a ticket ends the earlier ones. */
            data: {
                announcement: components["schemas"]["Announcement"] | null;
                /**
                 * Format: date-time
                 * @description End of the event.
                 */
                ends_at: string;
                media: components["schemas"]["WatchMedia"] | null;
                /**
                 * Format: date-time
                 * @description Start of early entry.
                 */
                opens_at: string;
                phase: components["schemas"]["WatchPhase"];
                /**
                 * Format: date-time
                 * @description End of the replay; `null` without one.
                 */
                replay_until: string | null;
                /** @description Secret of the session, for its live updates. */
                session: string;
                /**
                 * Format: int64
                 * @description The ticket; `null` for organisers without one.
                 */
                ticket_id: number | null;
            };
            /** @description Human-readable message. */
            message: string;
        };
        /** @description Attendee. */
        Attendee: components["schemas"]["TicketDetails"] & {
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
        };
        /** @description Audit log entry. */
        AuditLine: {
            /** @example event.update */
            action: string;
            /**
             * Format: int64
             * @description Account id of the actor; `null` for the command line.
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
        /** @description Event of the ticket. */
        BoughtEvent: {
            /** Format: int64 */
            price_sats: number;
            title: string;
        };
        /** @description Purchased ticket. */
        BoughtTicket: {
            /** Format: int64 */
            id: number;
            payment_status: components["schemas"]["TicketState"];
            ticket_code: string;
        };
        /** @description Refund to the buyer. */
        BuyerRefund: {
            /** Format: int64 */
            amount_msats: number;
            /** @description Receiving UMA or Lightning address. */
            destination: string;
            error_code: components["schemas"]["RefundErrorCode"] | null;
            status: components["schemas"]["RefundState"];
            /** Format: date-time */
            updated_at: string;
        };
        /** @description Effects of cancelling an event. */
        CancellationPlan: {
            /**
             * Format: int64
             * @description Balance that the node can send now, if known.
             */
            available_sats: number | null;
            /** @description Whether this was a dry run. */
            dry_run: boolean;
            /**
             * Format: int64
             * @description Total refunds.
             */
            refund_sats: number;
            /**
             * Format: int64
             * @description Tickets sold or held.
             */
            tickets: number;
        };
        /** @description Password change. */
        ChangePassword: {
            /** Format: password */
            current_password: string;
            /** Format: password */
            new_password: string;
        };
        /** @description Result of a check-in. */
        CheckIn: {
            already_checked_in: boolean;
            /**
             * Format: int64
             * @description Attendees checked in, including this one.
             */
            checked_in: number;
            /** Format: date-time */
            checked_in_at: string | null;
            event: components["schemas"]["CheckInEvent"];
            first_time: boolean;
            /** @description Attendee's name. */
            name: string | null;
            /** Format: int64 */
            sold: number;
            ticket: components["schemas"]["CheckInTicket"];
            /** @description Always true; invalid tickets return an error. */
            valid: boolean;
        };
        /** @description Event of the ticket. */
        CheckInEvent: {
            title: string;
        };
        /** @description The ticket. */
        CheckInTicket: components["schemas"]["TicketDetails"] & {
            /** Format: int64 */
            id: number;
            /** Format: int64 */
            user_id: number | null;
        };
        /** @description Progress of the payment request. */
        Collection: {
            /** @description Human-readable detail. */
            detail: string | null;
            state: components["schemas"]["CollectionState"];
            /** @description Domain of the buyer's wallet provider. */
            vasp_domain: string | null;
        };
        /**
         * @description Progress of the payment request.
         * @enum {string}
         */
        CollectionState: "queued" | "wallet_paying" | "request_sent" | "unreachable" | "refused";
        /** @description Requested tickets of one type. */
        ComplimentaryLine: {
            /** Format: int32 */
            quantity: number;
            /** Format: int64 */
            ticket_type_id: number;
        };
        /** @description Token of a login link. */
        ConfirmLogin: {
            token: string;
        };
        /** @description New password and reset token. */
        ConfirmPasswordReset: {
            /** Format: password */
            password: string;
            token: string;
        };
        /** @description Wallet to connect. Stored encrypted and never returned. */
        ConnectWallet: {
            /**
             * Format: int64
             * @description Daily limit (UTC) of automatic payments.
             */
            budget_per_day_sats?: number | null;
            /**
             * Format: int64
             * @description Limit per purchase of automatic payments, in whole satoshis; the current or default limit if absent.
             */
            budget_per_purchase_sats?: number | null;
            /** @description UMA Auth. */
            client_id?: string | null;
            /**
             * Format: date-time
             * @description Expiry of the connection.
             */
            expires_at?: string | null;
            /** @description `nostr+walletconnect://…` (NIP-47). */
            nwc_connection_uri: string;
            /** @description UMA Auth refresh token; afterwards only this server may refresh the connection. */
            refresh_token?: string | null;
            /** @description UMA Auth token endpoint; by default read from the UMA configuration of the provider of `uma_address`. */
            token_endpoint?: string | null;
            /** @description UMA address of the wallet. */
            uma_address?: string | null;
        };
        /** @description Failed job (dead letter). */
        DeadJob: {
            /** Format: int32 */
            attempts: number;
            /** Format: date-time */
            created_at: string;
            error: string | null;
            /** Format: int64 */
            id: number;
            /** @description Job payload. */
            task: Record<string, never>;
        };
        /** @description Success without data. */
        Done: {
            /** @description Human-readable message. */
            message: string;
        };
        /** @description An event. */
        Event: {
            /**
             * Format: date-time
             * @description Time of cancellation; `null` if not cancelled.
             */
            cancelled_at: string | null;
            /**
             * Format: int32
             * @description Seats, of the first ticket type on sale.
             */
            capacity: number;
            /** @description Email address or https address of the host; may be empty. */
            contact: string;
            /** Format: date-time */
            created_at: string;
            description: string;
            /** Format: date-time */
            end_time: string;
            /** @description Whether ticket holders watch on the watch page only. */
            gated: boolean;
            /** @description Public name shown as the event's host, entered by the organiser; may be empty. */
            host_name: string;
            /** Format: int64 */
            id: number;
            is_active: boolean;
            /**
             * Format: int32
             * @description Limit of unpaid or free tickets per network, if set; 0 is no limit. Organisers only.
             */
            network_limit?: number | null;
            /**
             * Format: int64
             * @description Price of the first ticket type on sale; 0 is free.
             */
            price_sats: number;
            /**
             * Format: date-time
             * @description End of the replay; `null` without one.
             */
            replay_until: string | null;
            /** Format: date-time */
            start_time: string;
            status: components["schemas"]["EventState"];
            /** @description Stream URL for organisers and holders of a paid ticket; `null` for others. Holders get the watch page of a gated event. */
            stream_url: string | null;
            tags: string[];
            /** @description Ticket types in their order: those offered without a promo code, or all of them for organisers. */
            ticket_types: components["schemas"]["TicketType"][];
            /**
             * Format: int32
             * @description Seats neither sold nor held, of the first ticket type on sale; 0 once the event is cancelled.
             */
            tickets_available: number;
            /**
             * @description IANA time zone of the event.
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
        /** @description Event update; absent fields stay unchanged. */
        EventChanges: {
            /** Format: int64 */
            capacity?: number | null;
            /** @description Email address or https address of the host. */
            contact?: string | null;
            description?: string | null;
            /** Format: date-time */
            end_time?: string | null;
            /** @description Whether ticket holders get the watch page instead of `stream_url`. */
            gated?: boolean | null;
            /** @description Public name shown as the event's host, entered by the organiser. */
            host_name?: string | null;
            is_active?: boolean | null;
            /**
             * Format: int64
             * @description Limit of unpaid or free tickets per network; 0 is no limit, `null` resets to the server's setting.
             */
            network_limit?: number | null;
            /** Format: int64 */
            price_sats?: number | null;
            /**
             * Format: date-time
             * @description End of the replay, after `end_time`; `null` ends it.
             */
            replay_until?: string | null;
            /** Format: date-time */
            start_time?: string | null;
            stream_url?: string | null;
            /** @description At most 8 tags of at most 30 characters, distinct ignoring case. */
            tags?: string[] | null;
            /**
             * @description IANA time zone.
             * @example Europe/Berlin
             */
            time_zone?: string | null;
            title?: string | null;
        };
        /** @description New event invoice. */
        EventInvoice: {
            event: components["schemas"]["InvoicedEvent"];
            invoice: components["schemas"]["InvoiceView"];
            /** @description Receiving UMA address. */
            uma_address: string;
        };
        /** @description Event invoice with the received amount. */
        EventInvoiceRecord: {
            /** Format: int64 */
            amount_sats: number;
            bolt11: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            /** @description Invoice id of the node. */
            id: string;
            payment_hash: string;
            /** Format: date-time */
            settled_at: string | null;
            /**
             * Format: int64
             * @description Received amount in millisatoshis.
             */
            settled_msats: number;
            status: components["schemas"]["EventInvoiceState"];
        };
        /**
         * @description Event invoice status: `pending` until it is paid or expires.
         * @enum {string}
         */
        EventInvoiceState: "pending" | "paid" | "expired";
        /**
         * @description Origin of an entry in a payment's history.
         * @enum {string}
         */
        EventOrigin: "node" | "preimage" | "buyer" | "organiser" | "system";
        /** @description Sales of an event. Tickets that were refunded or given back do not count as sold. */
        EventSales: {
            /** @description Promo codes of the event, and codes for all events that were used here. */
            promo_codes: components["schemas"]["PromoCodeSales"][];
            total: components["schemas"]["TotalSales"];
            /** @description Ticket types in their order, archived ones included. */
            types: components["schemas"]["TicketTypeSales"][];
        };
        /**
         * @description Event status: `on_sale`, `paused` while it is inactive, `cancelled` permanently.
         * @enum {string}
         */
        EventState: "on_sale" | "paused" | "cancelled";
        /** @enum {string} */
        FieldCode: "empty" | "missing" | "duplicate" | "too_long" | "too_short" | "invisible_characters" | "common_password" | "wrong_password" | "not_an_email_address" | "not_a_payment_address" | "not_a_payment_hash" | "not_a_url" | "not_a_time" | "not_in_future" | "not_after_start" | "not_after_end" | "unknown_time_zone" | "not_a_number" | "not_a_boolean" | "not_a_text" | "not_a_list" | "out_of_range" | "too_small" | "too_large" | "unknown_value" | "capacity_below_sold" | "expired_link" | "unusable_wallet" | "unreachable_wallet" | "invalid";
        /** @description Cancellation of an open refund. */
        GiveUpRefund: {
            /**
             * @description Confirms, for a refund with an unknown outcome, that the node's list of payments does not contain it.
             * @default false
             */
            confirmed_unpaid: boolean;
            /**
             * @description New UMA or Lightning address; without one, the amount becomes refundable again.
             * @default null
             */
            destination: string | null;
        };
        /** @description Cancelled refund */
        GivenUpRefund: {
            given_up: components["schemas"]["Refund"];
            refund: components["schemas"]["Refund"] | null;
        };
        /** @description Process health. */
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
        /** @description Exhausted hold limit. */
        HoldLimit: {
            /**
             * Format: int32
             * @description Allowed number of unpaid and free tickets of the event.
             * @example 10
             */
            allowed: number;
            /**
             * Format: int32
             * @description Unpaid and free tickets of the event at the time of the request.
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
        /** @description Access token and its account. */
        LoggedIn: {
            /** @description A JWT, valid for 24 hours: `Authorization: Bearer …`. */
            token: string;
            user: components["schemas"]["User"];
        };
        /** @description Login credentials. */
        Login: {
            /** Format: email */
            email: string;
            /** Format: password */
            password: string;
        };
        /**
         * @description How a stream is shown: `link` opens in a new page.
         * @enum {string}
         */
        MediaKind: "hls" | "youtube" | "vimeo" | "twitch" | "link";
        /** @description Authorization request of `MediaMTX`. Other members are ignored. */
        MediaServerRequest: {
            /**
             * @description Only reading can be authorized.
             * @example read
             */
            action: string;
            /**
             * @description Name of the path.
             * @example event7
             */
            path: string;
            /**
             * @description Query of the viewer's request.
             * @example token=00
             */
            query?: string;
        };
        /** @description A new announcement. */
        NewAnnouncement: {
            /** @description One line of at most 500 characters. */
            text: string;
        };
        /** @description Person that a ticket is for. */
        NewAttendee: {
            /** Format: email */
            email?: string | null;
            name?: string | null;
        };
        /** @description Request for a complimentary order. */
        NewComplimentaryOrder: {
            /** @description People that the tickets are for, in the order of the lines; each gets their ticket by email. */
            attendees?: components["schemas"]["NewAttendee"][];
            /**
             * Format: email
             * @description Email address that gets all tickets and the link to the order.
             */
            email?: string | null;
            lines: components["schemas"]["ComplimentaryLine"][];
        };
        /** @description A new event. */
        NewEvent: {
            /** Format: int64 */
            capacity: number;
            /** @description Email address or https address of the host. */
            contact?: string | null;
            description?: string;
            /** Format: date-time */
            end_time: string;
            /** @description Whether ticket holders get the watch page instead of `stream_url`. */
            gated?: boolean | null;
            /** @description Public name shown as the event's host, entered by the organiser. */
            host_name?: string | null;
            /**
             * Format: int64
             * @description Limit of unpaid or free tickets per network, such as an office or a campus; 0 is no limit, `null` is the server's setting.
             */
            network_limit?: number | null;
            /**
             * Format: int64
             * @description 0 for a free event.
             */
            price_sats: number;
            /**
             * Format: date-time
             * @description End of the replay, after `end_time`; `null` without a replay.
             */
            replay_until?: string | null;
            /** Format: date-time */
            start_time: string;
            stream_url?: string;
            /** @description At most 8 tags of at most 30 characters, distinct ignoring case. */
            tags?: string[] | null;
            /**
             * @description IANA time zone of the event; `UTC` by default.
             * @example Europe/Berlin
             */
            time_zone?: string | null;
            title: string;
        };
        /** @description Request for an order. */
        NewOrder: {
            /** @description People that the tickets are for, in the order of the lines. */
            attendees?: components["schemas"]["NewAttendee"][];
            /**
             * Format: email
             * @description A guest's email address; required for a free order.
             */
            email?: string | null;
            /** Format: int64 */
            event_id: number;
            lines: components["schemas"]["NewOrderLine"][];
            promo_code?: string | null;
            /** @description A quote, whose prices are charged until it expires. */
            quote?: string | null;
            /**
             * Format: int64
             * @description Displayed total; a different current total is rejected with `price_changed`. Ignored with a quote.
             */
            total_sats?: number | null;
            /**
             * @description UMA address that receives the payment request; without one the order is paid with its bolt11.
             * @example $alice@wallet.example
             */
            uma_address?: string | null;
        };
        /** @description Requested tickets of one type. */
        NewOrderLine: {
            /**
             * Format: int64
             * @description Price of one ticket that the buyer chose, for a type with a minimum; the minimum by default.
             */
            price_sats?: number | null;
            /** Format: int32 */
            quantity: number;
            /** Format: int64 */
            ticket_type_id: number;
        };
        /** @description A new promo code. */
        NewPromoCode: {
            /** @description 3–40 letters A–Z and digits in any case; spaces and dashes are ignored. */
            code: string;
            discount: components["schemas"]["PromoDiscount"];
            /** Format: int64 */
            max_per_buyer?: number | null;
            /** Format: int64 */
            max_uses?: number | null;
            /** @description Ticket types of the event; all by default. A hidden type is offered only by a code that names it. */
            ticket_type_ids?: number[] | null;
            /** Format: date-time */
            valid_from?: string | null;
            /** Format: date-time */
            valid_until?: string | null;
        };
        /** @description Purchase request. */
        NewPurchase: {
            /** Format: int64 */
            event_id: number;
            /**
             * Format: int64
             * @description Displayed price; a different current price is rejected with `price_changed`.
             */
            price_sats?: number | null;
            /**
             * @description UMA address that receives the payment request; not required for a free event.
             * @example $alice@wallet.example
             */
            uma_address?: string;
            /**
             * Format: int64
             * @description Account id; must be the caller's. Without one, a paid ticket is a guest ticket.
             */
            user_id: number;
        };
        /** @description Request for the prices of an order. */
        NewQuote: {
            /** Format: int64 */
            event_id: number;
            /** @description Tickets; may be empty with a promo code, to see the ticket types that it offers. */
            lines: components["schemas"]["NewOrderLine"][];
            promo_code?: string | null;
        };
        /** @description Refund request. */
        NewRefund: {
            /** @description UMA or Lightning address; the buyer's by default. */
            destination?: string | null;
            /** @description Revoke the paid ticket and refund its price. */
            revoke?: boolean;
        };
        /** @description Refund request for a ticket. */
        NewTicketRefund: {
            /** @description UMA or Lightning address; the buyer's by default. */
            destination?: string | null;
        };
        /** @description A new ticket type. */
        NewTicketType: {
            description?: string;
            /** @description Offer it only with a promo code that names it. */
            hidden?: boolean;
            /** Format: int64 */
            max_per_order?: number | null;
            /**
             * Format: int64
             * @description 1 by default.
             */
            min_per_order?: number;
            name: string;
            /**
             * Format: int64
             * @description Place in the list; the last one by default.
             */
            position?: number | null;
            price: components["schemas"]["TicketPrice"];
            /**
             * Format: int64
             * @description Number of tickets of this type; `null` is limited by the event's capacity only.
             */
            quota?: number | null;
            /**
             * Format: date-time
             * @description End of sale.
             */
            sale_end?: string | null;
            /**
             * Format: date-time
             * @description Start of sale.
             */
            sale_start?: string | null;
        };
        /** @description New token replacing the invalidated ones. */
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
        /** @description Balance of the Lightning node. */
        NodeBalance: {
            /** Format: int64 */
            available_balance_sats: number;
            node_id: string;
            status: components["schemas"]["NodeStatus"];
            /** Format: int64 */
            total_balance_sats: number;
        };
        /** @description Invoice status of the Lightning node. */
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
        /** @enum {string} */
        NodeStatus: "CREATED" | "DEPLOYED" | "STARTED" | "SYNCING" | "READY" | "STOPPED" | "TERMINATED" | "TERMINATING" | "WALLET_LOCKED" | "FAILED_TO_DEPLOY" | "UNKNOWN";
        /** @description An order, as its buyer, organisers and holders of its token see it. */
        Order: {
            collection: components["schemas"]["Collection"] | null;
            /** Format: date-time */
            created_at: string;
            /**
             * Format: email
             * @description A guest's email address.
             */
            email: string | null;
            event: components["schemas"]["OrderEvent"];
            /**
             * Format: date-time
             * @description End of the hold of a pending or unconfirmed order.
             */
            hold_expires_at: string | null;
            /** Format: int64 */
            id: number;
            kind: components["schemas"]["OrderKind"];
            lines: components["schemas"]["OrderLine"][];
            payment: components["schemas"]["OrderPayment"] | null;
            payment_link: components["schemas"]["PaymentLink"] | null;
            /** @description Promo code of the order. */
            promo_code: string | null;
            status: components["schemas"]["OrderState"];
            tickets: components["schemas"]["OrderTicket"][];
            /**
             * Format: int64
             * @description Total when the order was placed.
             */
            total_sats: number;
            /** @description UMA address of the wallet that is asked to pay. */
            uma_address: string | null;
            uma_request: components["schemas"]["UmaRequest"] | null;
            /** Format: date-time */
            updated_at: string;
        };
        /** @description Confirmation of a guest's email address. */
        OrderConfirmation: {
            /** @description Token of the mailed link. */
            token: string;
        };
        /** @description Event of an order. */
        OrderEvent: {
            /**
             * Format: date-time
             * @description Time of cancellation; `null` if not cancelled.
             */
            cancelled_at: string | null;
            /** Format: date-time */
            end_time: string;
            /** Format: int64 */
            id: number;
            /** Format: date-time */
            start_time: string;
            status: components["schemas"]["EventState"];
            /** @description Stream of a paid order's event. */
            stream_url: string | null;
            /**
             * @description IANA time zone of the event.
             * @example Europe/Berlin
             */
            time_zone: string;
            title: string;
        };
        /**
         * @description `sale` is a buyer's order, `complimentary` one of the organiser's.
         * @enum {string}
         */
        OrderKind: "sale" | "complimentary";
        /** @description Tickets of one type in an order. */
        OrderLine: {
            conversion: components["schemas"]["PriceConversion"] | null;
            /**
             * Format: int64
             * @description Discount on one ticket.
             */
            discount_sats: number;
            /**
             * Format: int64
             * @description Price of one ticket before the discount.
             */
            list_price_sats: number;
            /** @description Name of the ticket type. */
            name: string;
            /** Format: int32 */
            quantity: number;
            /** Format: int64 */
            ticket_type_id: number;
            /** Format: int64 */
            total_sats: number;
            /**
             * Format: int64
             * @description Price of one ticket.
             */
            unit_price_sats: number;
        };
        /** @description Payment of an order. */
        OrderPayment: {
            /**
             * Format: int64
             * @description The order's total.
             */
            amount_sats: number;
            anomaly: components["schemas"]["PaymentAnomaly"] | null;
            /** Format: date-time */
            paid_at: string | null;
            /**
             * Format: int64
             * @description Total amount received.
             */
            received_msats: number;
            /** @description Whether a refund waits for `POST /api/orders/{id}/refund`: no address is known, or the last refund failed. */
            refund_needs_address: boolean;
            /**
             * Format: int64
             * @description Amount to be refunded, including an open refund.
             */
            refundable_msats: number;
            /**
             * Format: int64
             * @description Refunded amount.
             */
            refunded_msats: number;
            /** @description Refunds, newest first. */
            refunds: components["schemas"]["BuyerRefund"][];
            status: components["schemas"]["PaymentState"];
        };
        /** @description Address for the refund of an order. */
        OrderRefundAddress: {
            /** @description UMA or Lightning address. */
            destination: string;
        };
        /**
         * @description Order status: `pending` and `awaiting_confirmation` hold seats, `paid` has at least one valid ticket, the others have none.
         * @enum {string}
         */
        OrderState: "pending" | "awaiting_confirmation" | "paid" | "failed" | "expired" | "cancelled" | "refunded";
        /** @description Ticket of an order. */
        OrderTicket: {
            /**
             * Format: int64
             * @description Price of this ticket.
             */
            amount_sats: number;
            /** Format: date-time */
            checked_in_at: string | null;
            /** @description Email address of the person that it is for. */
            holder_email: string | null;
            /** @description Name of the person that it is for. */
            holder_name: string | null;
            /** Format: int64 */
            id: number;
            payment_status: components["schemas"]["TicketState"];
            /** @description Admission code; `null` until the ticket is issued. */
            ticket_code: string | null;
            /** Format: int64 */
            ticket_type_id: number;
            ticket_type_name: string;
        };
        /** @description Dashboard figures. */
        Overview: {
            events: components["schemas"]["OverviewEvent"][];
            /**
             * Format: int64
             * @description Held seats.
             */
            held: number;
            /**
             * Format: int64
             * @description Refundable satoshis.
             */
            refundable: number;
            /**
             * Format: int64
             * @description Total revenue without refunds.
             */
            revenue_sats: number;
            /** @description Hourly sales of the last seven days. */
            series: components["schemas"]["SeriesPoint"][];
            /**
             * Format: int64
             * @description Tickets sold since midnight UTC.
             */
            sold_today: number;
            /**
             * Format: int64
             * @description Pending payments.
             */
            waiting: number;
        };
        /** @description Sales of an event. */
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
        /** @description The caller's account. */
        OwnUser: components["schemas"]["User"] & {
            /** @description Whether the account is an organiser's. */
            is_admin: boolean;
        };
        /**
         * @description Payment anomaly.
         * @enum {string}
         */
        PaymentAnomaly: "late" | "over" | "under" | "duplicate" | "refund_due";
        /** @description Payment details. */
        PaymentDetail: {
            collection: components["schemas"]["AdminCollection"] | null;
            invoices: components["schemas"]["PaymentInvoice"][];
            payment: components["schemas"]["AdminPayment"];
            refunds: components["schemas"]["Refund"][];
            /** @description Timeline, oldest first. */
            timeline: components["schemas"]["TimelineEntry"][];
        };
        /** @description Invoice of a payment. */
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
        /** @description LNURL payment link of an order. */
        PaymentLink: {
            /** @description Payment link in bech32 (LUD-01). */
            lnurl: string;
            /**
             * Format: uri
             * @description Payment link as URL (LUD-06).
             */
            payment_url: string;
        };
        /**
         * @description Payment status.
         * @enum {string}
         */
        PaymentState: "pending" | "paid" | "failed" | "expired" | "refunded";
        /** @description Payment status. */
        PaymentStatus: {
            payment: components["schemas"]["PaymentView"];
            ticket: components["schemas"]["PaymentTicket"];
            uma_status?: components["schemas"]["NodeInvoice"] | null;
        };
        /** @description Ticket of a payment's order. */
        PaymentTicket: {
            /**
             * Format: int64
             * @description Price of this ticket.
             */
            amount_sats: number;
            /** Format: date-time */
            checked_in_at: string | null;
            /** @description Email address of the person that it is for. */
            holder_email: string | null;
            /** @description Name of the person that it is for. */
            holder_name: string | null;
            /** Format: int64 */
            id: number;
            payment_status: components["schemas"]["TicketState"];
            /** Format: int64 */
            ticket_type_id: number;
            ticket_type_name: string;
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
        /** @description A placed order. */
        PlacedOrder: components["schemas"]["Order"] & {
            /** @description Grants access to the order (`?token=`) without an account. Store it. */
            order_token: string;
        };
        /** @description Conversion of a price in a currency. */
        PriceConversion: {
            /**
             * Format: int64
             * @description Price in minor units, such as cents.
             */
            amount_minor: number;
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
            rate: number;
            /** @description Host of the rate's source. */
            source: string;
        };
        /** @description Error response. */
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
            /** @description Stable error code of each invalid field. */
            field_types?: {
                [key: string]: components["schemas"]["FieldCode"];
            };
            /** @description Human-readable message of each invalid field. */
            fields?: {
                [key: string]: string;
            };
            limit?: components["schemas"]["HoldLimit"] | null;
            /**
             * @description Human-readable message.
             * @example Event is sold out
             */
            message: string;
            /**
             * Format: int64
             * @description Current price, for `price_changed`: of the ticket, or the total of an order.
             */
            price_sats?: number | null;
            /** @description Stable error code. */
            type: components["schemas"]["ProblemType"];
        };
        /**
         * @description Stable code of an error, `type` in its body.
         * @enum {string}
         */
        ProblemType: "invalid" | "unauthorized" | "forbidden" | "not_found" | "method_not_allowed" | "timeout" | "too_large" | "unsupported_media_type" | "rate_limited" | "network_limit" | "stream_limit" | "internal" | "unavailable" | "update_in_progress" | "lightning_unavailable" | "bad_webhook" | "email_taken" | "email_not_proved" | "invalid_credentials" | "wrong_password" | "login_required" | "has_tickets" | "no_ticket" | "sold_out" | "not_enough_left" | "event_inactive" | "event_over" | "event_cancelled" | "event_has_tickets" | "free_event" | "capacity_below_sold" | "price_changed" | "quote_mismatch" | "hold_limit" | "too_few_per_order" | "too_many_per_order" | "too_many_per_buyer" | "unknown_ticket_type" | "ticket_type_not_yet" | "ticket_type_ended" | "ticket_types" | "too_many_ticket_types" | "quota_below_taken" | "no_exchange_rate" | "promo_code_unknown" | "promo_code_other_event" | "promo_code_other_types" | "promo_code_not_yet" | "promo_code_expired" | "promo_code_exhausted" | "promo_code_exhausted_for_buyer" | "promo_code_buyer_unknown" | "promo_code_taken" | "max_uses_below_used" | "still_preparing" | "idempotency_key_reused" | "not_pending" | "not_cancellable" | "order_expired" | "not_retryable" | "wallet_payment_open" | "ticket_not_valid" | "ticket_checked_in" | "wrong_event" | "unpaid" | "too_early" | "not_paid" | "already_refunded" | "nothing_due" | "address_not_needed" | "refund_open" | "refund_ended" | "refund_in_flight" | "refund_unresolved";
        /** @description Result of a payment notification. */
        Processed: {
            /**
             * @description Always `processed`.
             * @enum {string}
             */
            status: "processed";
        };
        /** @description A promo code. One use is one order. */
        PromoCode: {
            archived: boolean;
            code: string;
            discount: components["schemas"]["PromoDiscount"];
            /**
             * Format: int64
             * @description Event of the code; `null` is all events.
             */
            event_id: number | null;
            /** Format: int64 */
            id: number;
            /**
             * Format: int32
             * @description Largest number of uses by one buyer; `null` is unlimited.
             */
            max_per_buyer: number | null;
            /**
             * Format: int32
             * @description Largest number of uses; `null` is unlimited.
             */
            max_uses: number | null;
            /** @description Ticket types that it applies to, hidden ones included; `null` is all that are not hidden. */
            ticket_type_ids: number[] | null;
            /**
             * Format: int32
             * @description Orders that use the code.
             */
            used: number;
            /** Format: date-time */
            valid_from: string | null;
            /** Format: date-time */
            valid_until: string | null;
        };
        /** @description Promo code update; absent fields stay unchanged. Orders that were placed keep their discounts. */
        PromoCodeChanges: {
            /** @description `false` makes an archived code valid again. */
            archived?: boolean | null;
            /** @description The text cannot be changed; it may be repeated here. */
            code?: string | null;
            discount?: components["schemas"]["PromoDiscount"] | null;
            /**
             * Format: int64
             * @description `null` removes the limit.
             */
            max_per_buyer?: number | null;
            /**
             * Format: int64
             * @description `null` removes the limit.
             */
            max_uses?: number | null;
            /** @description `null` applies it to all types. */
            ticket_type_ids?: number[] | null;
            /**
             * Format: date-time
             * @description `null` removes the start.
             */
            valid_from?: string | null;
            /**
             * Format: date-time
             * @description `null` removes the end.
             */
            valid_until?: string | null;
        };
        /** @description Sales with a promo code. */
        PromoCodeSales: {
            code: string;
            /** Format: int64 */
            discount_sats: number;
            /** Format: int64 */
            id: number;
            /**
             * Format: int64
             * @description Orders with a valid ticket.
             */
            orders: number;
            /** Format: int64 */
            revenue_sats: number;
            /** Format: int64 */
            tickets: number;
        };
        /** @description Discount on each ticket. */
        PromoDiscount: {
            /** @enum {string} */
            kind: "percent";
            /**
             * Format: int64
             * @description 1–100.
             */
            value: number;
        } | {
            /** @enum {string} */
            kind: "sats";
            /**
             * Format: int64
             * @description At least 1.
             */
            value: number;
        } | {
            /** @enum {string} */
            kind: "free";
        };
        /** @description Public configuration for the web app. */
        PublicConfig: {
            /** @description Public domain. */
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
             * @description Default daily limit (UTC).
             */
            wallet_budget_per_day_sats?: number | null;
            /**
             * Format: int64
             * @description Maximum per purchase from a connected wallet without an owner's limit; also the budget to request.
             */
            wallet_budget_per_purchase_sats?: number | null;
        };
        /** @description Purchase result. */
        Purchase: {
            event: components["schemas"]["BoughtEvent"];
            /** @description Whether payment is pending; absent for a free event. */
            payment_required?: boolean | null;
            /** @description Grants access to the full status (`?token=`) without an account. Store it. */
            status_token: string;
            ticket: components["schemas"]["BoughtTicket"];
            uma_request?: components["schemas"]["UmaRequest"] | null;
        };
        /** @description Prices of an order. No seats are held. */
        Quote: {
            /** Format: int64 */
            event_id: number;
            /** Format: date-time */
            expires_at: string | null;
            lines: components["schemas"]["OrderLine"][];
            /** @description The promo code in its stored spelling. */
            promo_code: string | null;
            /** @description Signed quote: an order that carries it is charged these prices until it expires. `null` without lines. */
            quote: string | null;
            /** @description Hidden ticket types that the promo code offers. */
            ticket_types: components["schemas"]["TicketType"][];
            /** Format: int64 */
            total_sats: number;
        };
        /** @description Exchange rate of the satoshi. */
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
        /** @description Readiness of this replica. */
        Ready: {
            /** @description Whether the database responds; its schema is checked at start-up. */
            database: boolean;
            /**
             * @description `ready` or `not ready`.
             * @enum {string}
             */
            status: "ready" | "not ready";
            /** @description Whether the worker has polled for jobs recently. */
            worker: boolean;
        };
        /** @description Refund. */
        Refund: {
            /** Format: int64 */
            amount_msats: number;
            /** Format: date-time */
            created_at: string;
            destination: string;
            /** @description Reason for a failure or delay, as a sentence. */
            error: string | null;
            error_code: components["schemas"]["RefundErrorCode"] | null;
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
         * @description Reason for a failed or delayed refund.
         * @enum {string}
         */
        RefundErrorCode: "address_refused" | "address_unreachable" | "address_not_allowed" | "address_unusable" | "amount_out_of_range" | "invoice_unusable" | "invoice_reused" | "not_refundable" | "node_unavailable" | "payment_failed" | "invoice_expired" | "unconfirmed" | "unresolved" | "given_up";
        /**
         * @description Refund status: `requested` and `sending` are open, `paid` and `failed` are final.
         * @enum {string}
         */
        RefundState: "requested" | "sending" | "paid" | "failed";
        /** @description Login link request. */
        RequestLoginLink: {
            /**
             * Format: email
             * @example alice@example.com
             */
            email: string;
        };
        /** @description Password reset request. */
        RequestPasswordReset: {
            /**
             * Format: email
             * @example alice@example.com
             */
            email: string;
        };
        /** @description Retried payment. */
        Retried: {
            new_invoice: components["schemas"]["RetriedInvoice"] | null;
            /** Format: int64 */
            payment_id: number;
            status: components["schemas"]["PaymentState"];
        };
        /** @description New invoice. */
        RetriedInvoice: {
            /** Format: int64 */
            amount_sats: number;
            bolt11: string;
            /** Format: date-time */
            expires_at: string;
            id: string;
        };
        /** @description Sales of an hour. */
        SeriesPoint: {
            /** Format: date-time */
            at: string;
            /** Format: int64 */
            revenue_sats: number;
            /** Format: int64 */
            sold: number;
        };
        /** @description Event of the ticket. */
        StatusEvent: {
            /**
             * Format: date-time
             * @description Time of cancellation; `null` if not cancelled.
             */
            cancelled_at: string | null;
            /** Format: date-time */
            start_time: string;
            status: components["schemas"]["EventState"];
            /**
             * @description IANA time zone of the event.
             * @example Europe/Berlin
             */
            time_zone: string;
            title: string;
        };
        /** @description Payment of the ticket. */
        StatusPayment: {
            /** Format: int64 */
            amount_sats: number;
            anomaly: components["schemas"]["PaymentAnomaly"] | null;
            /** @description Invoice for any Lightning wallet; visible to callers who may see the ticket code. */
            bolt11: string | null;
            invoice_id: string | null;
            /**
             * Format: int64
             * @description Total amount received. This and the following fields are `null` for callers who may not see the ticket code.
             */
            received_msats: number | null;
            refund: components["schemas"]["BuyerRefund"] | null;
            /**
             * Format: int64
             * @description Amount to be refunded, including an open refund.
             */
            refundable_msats: number | null;
            /**
             * Format: int64
             * @description Refunded amount.
             */
            refunded_msats: number | null;
            status: components["schemas"]["PaymentState"];
        };
        /** @description The ticket. */
        StatusTicket: components["schemas"]["TicketDetails"] & {
            /**
             * Format: int32
             * @description The revision of that entry (RFC 5545 `SEQUENCE`), as in the newest email; visible to callers who may see the ticket code.
             */
            calendar_sequence: number | null;
            /** @description Calendar identifier (RFC 5545 `UID`), as in its emails; visible to callers who may see the ticket code. */
            calendar_uid: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: int64 */
            id: number;
            /** Format: date-time */
            paid_at: string | null;
            payment_status: components["schemas"]["TicketState"];
            /** @description Admission code, visible to the owner, organisers and holders of the status token; `null` for others. */
            ticket_code: string | null;
        };
        /** @description Order and type of a ticket, and the person that it is for. */
        TicketDetails: {
            /** @description Email address of the person that it is for. */
            holder_email: string | null;
            /** @description Name of the person that it is for. */
            holder_name: string | null;
            /**
             * Format: int64
             * @description `null` during an update from a release without orders.
             */
            order_id: number | null;
            /**
             * Format: int64
             * @description `null` during an update from a release without orders.
             */
            ticket_type_id: number | null;
            ticket_type_name: string | null;
        };
        /** @description Change of the person that a ticket is for; absent fields stay unchanged. */
        TicketHolderChange: {
            /** @description `null` or empty removes the address. */
            holder_email?: string | null;
            /** @description `null` or empty removes the name. */
            holder_name?: string | null;
        };
        /** @description Price of a ticket type. */
        TicketPrice: {
            /** @enum {string} */
            kind: "fixed";
            /**
             * Format: int64
             * @description 0 is free.
             */
            sats: number;
        } | {
            /**
             * Format: int64
             * @description Amount in minor units, such as cents.
             */
            amount_minor: number;
            /**
             * @description ISO 4217.
             * @example USD
             */
            currency: string;
            /** @enum {string} */
            kind: "currency";
        } | {
            /** @enum {string} */
            kind: "minimum";
            /**
             * Format: int64
             * @description Smallest price in satoshis.
             */
            min_sats: number;
        };
        /** @description Revoked ticket. */
        TicketRefund: {
            refund: components["schemas"]["Refund"] | null;
            /** Format: int64 */
            ticket_id: number;
        };
        /**
         * @description Ticket status: `pending` holds a seat, `paid` admits, the others take no seat.
         * @enum {string}
         */
        TicketState: "pending" | "paid" | "failed" | "expired" | "cancelled" | "refunded";
        /** @description Ticket status. */
        TicketStatus: {
            collection: components["schemas"]["Collection"] | null;
            event: components["schemas"]["StatusEvent"];
            /**
             * Format: date-time
             * @description Expiry of the hold of an unpaid ticket.
             */
            hold_expires_at: string | null;
            payment: components["schemas"]["StatusPayment"];
            ticket: components["schemas"]["StatusTicket"];
            uma_request: components["schemas"]["PaymentLink"] | null;
        };
        /** @description A ticket type. */
        TicketType: {
            archived: boolean;
            /**
             * Format: int32
             * @description Tickets that can be ordered: the rest of the quota or of the event, whichever is less.
             */
            available: number;
            description: string;
            /** @description Whether it is offered only with a promo code that names it. */
            hidden: boolean;
            /** Format: int64 */
            id: number;
            /**
             * Format: int32
             * @description Largest number of tickets of this type in an order; `null` is limited by the shop only.
             */
            max_per_order: number | null;
            /**
             * Format: int32
             * @description Smallest number of tickets of this type in an order that has any.
             */
            min_per_order: number;
            name: string;
            /**
             * Format: int32
             * @description Place in the list, ascending.
             */
            position: number;
            price: components["schemas"]["TicketPrice"];
            /**
             * Format: int64
             * @description Price of one ticket now, for a chosen price the smallest; `null` without a current exchange rate.
             */
            price_sats: number | null;
            /**
             * Format: int32
             * @description Number of tickets of this type; `null` is limited by the event's capacity only.
             */
            quota: number | null;
            sale: components["schemas"]["TicketTypeSale"];
            /**
             * Format: date-time
             * @description End of sale; `null` is until the event is over.
             */
            sale_end: string | null;
            /**
             * Format: date-time
             * @description Start of sale; `null` is from the start.
             */
            sale_start: string | null;
            /**
             * Format: int32
             * @description Tickets sold or held. Organisers only.
             */
            taken?: number | null;
        };
        /** @description Ticket type update; absent fields stay unchanged. Orders that were placed keep their prices. */
        TicketTypeChanges: {
            /** @description `false` sells an archived type again. */
            archived?: boolean | null;
            description?: string | null;
            hidden?: boolean | null;
            /**
             * Format: int64
             * @description `null` removes the limit.
             */
            max_per_order?: number | null;
            /** Format: int64 */
            min_per_order?: number | null;
            name?: string | null;
            /** Format: int64 */
            position?: number | null;
            price?: components["schemas"]["TicketPrice"] | null;
            /**
             * Format: int64
             * @description `null` removes the quota.
             */
            quota?: number | null;
            /**
             * Format: date-time
             * @description `null` removes the end.
             */
            sale_end?: string | null;
            /**
             * Format: date-time
             * @description `null` removes the start.
             */
            sale_start?: string | null;
        };
        /** @description The order of an event's ticket types. */
        TicketTypeOrder: {
            /** @description Types in their new order; the others follow as they are. */
            ids: number[];
        };
        /**
         * @description Whether a ticket type is sold now, or why not.
         * @enum {string}
         */
        TicketTypeSale: "on_sale" | "not_yet" | "ended" | "sold_out" | "no_rate" | "archived";
        /** @description Sales of a ticket type. */
        TicketTypeSales: {
            /**
             * Format: int64
             * @description Tickets given away.
             */
            complimentary: number;
            name: string;
            /** Format: int64 */
            revenue_sats: number;
            /**
             * Format: int64
             * @description Tickets ordered by buyers.
             */
            sold: number;
            /** Format: int64 */
            ticket_type_id: number;
        };
        /** @description An entry of a payment's history. */
        TimelineEntry: {
            /**
             * Format: int64
             * @description Account id of the organiser.
             */
            actor_id: number | null;
            /** Format: date-time */
            at: string;
            detail: string | null;
            kind: components["schemas"]["TimelineKind"];
            origin: components["schemas"]["EventOrigin"] | null;
            status: components["schemas"]["PaymentState"] | null;
        };
        /**
         * @description Kind of an entry in a payment's history.
         * @enum {string}
         */
        TimelineKind: "held" | "invoice" | "settled" | "paid" | "hold_lapsed" | "given_up" | "cancelled" | "event_cancelled" | "held_again" | "revoked" | "checked_in" | "refund" | "refunded" | "refund_failed";
        /** @description Sales of all ticket types. */
        TotalSales: {
            /**
             * Format: int64
             * @description Tickets given away.
             */
            complimentary: number;
            /**
             * Format: int64
             * @description Refunded to buyers, late and surplus payments included.
             */
            refunded_sats: number;
            /** Format: int64 */
            revenue_sats: number;
            /**
             * Format: int64
             * @description Tickets ordered by buyers.
             */
            tickets: number;
        };
        /** @description UMA Auth configuration (UMADE-01). */
        UmaAuthConfig: {
            /** @description Nostr public key of this application. */
            app_pubkey: string;
            /** @description Redirect URI of the wallet. */
            redirect_uri: string;
            /** @description Relay with the application's profile. */
            relay: string;
        };
        /** @description Payment notification of a wallet provider. */
        UmaCallback: {
            /** Format: int64 */
            amount_sats?: number | null;
            invoice_id: string;
            payment_hash: string;
            signature?: string | null;
            /** @description Not trusted; the node is queried. */
            status: string;
            timestamp?: string | null;
        };
        /** @description Event invoice, not tied to a ticket. */
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
        /** @description Payment request sent to the buyer's wallet. */
        UmaRequest: {
            /** Format: int64 */
            amount_sats: number;
            bolt11: string;
            description: string;
            /** Format: date-time */
            expires_at: string;
            invoice_id: string;
            /** @description Payment link in bech32 (LUD-01). */
            lnurl: string;
            payment_hash: string;
            /**
             * Format: uri
             * @description Payment link as URL (LUD-06); pays only this order.
             */
            payment_url: string;
            status: components["schemas"]["PaymentState"];
            uma_address: string;
        };
        /** @description Account update. */
        UpdateUser: {
            /**
             * Format: password
             * @description Current password of the caller; required when `email` changes.
             */
            current_password?: string | null;
            /** Format: email */
            email: string;
            name: string;
        };
        /** @description Account, as visible to its owner. */
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
        /** @description Public account; `email` and `updated_at` are visible to its owner and organisers. */
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
        /** @description Ticket of an account. */
        UserTicket: components["schemas"]["TicketDetails"] & {
            /**
             * Format: int32
             * @description The revision of that entry (RFC 5545 `SEQUENCE`), as in the newest email.
             */
            calendar_sequence: number;
            /** @description Calendar identifier (RFC 5545 `UID`), as in its emails. */
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
        /** @description Event of a ticket. */
        UserTicketEvent: {
            /**
             * Format: date-time
             * @description Time of cancellation; `null` if not cancelled.
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
            /** @description Stream URL, once paid; the watch page of a gated event. */
            stream_url: string | null;
            /**
             * @description IANA time zone of the event.
             * @example Europe/Berlin
             */
            time_zone: string;
            title: string;
        };
        /** @description Payment of a ticket. */
        UserTicketPayment: {
            /** Format: int64 */
            amount_sats: number;
            anomaly: components["schemas"]["PaymentAnomaly"] | null;
            /** Format: int64 */
            id: number;
            invoice_id: string | null;
            /**
             * Format: int64
             * @description Total amount received.
             */
            received_msats: number;
            /**
             * Format: int64
             * @description Amount to be refunded, including an open refund.
             */
            refundable_msats: number;
            /**
             * Format: int64
             * @description Refunded amount.
             */
            refunded_msats: number;
            status: components["schemas"]["PaymentState"];
        };
        /** @description Ticket validation request. */
        ValidateTicket: {
            /** Format: int64 */
            event_id: number;
            ticket_code: string;
        };
        /** @description Event of the ticket. */
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
        /** @description Result of a validation. */
        Validation: {
            event: components["schemas"]["ValidatedEvent"];
            ticket: components["schemas"]["ValidatedTicket"];
            /** @description Always true; invalid tickets return an error. */
            valid: boolean;
            /** Format: date-time */
            validated_at: string;
        };
        /** @description Verification result, or an LNURL error with the same HTTP status. */
        Verification: components["schemas"]["Verified"] | components["schemas"]["LnurlError"];
        /** @description Whether an invoice is settled (LUD-21). */
        Verified: {
            pr: string;
            preimage: string | null;
            settled: boolean;
            status: string;
        };
        /** @description Email confirmation token. */
        VerifyEmail: {
            token: string;
        };
        /** @description Viewers of an event. */
        Viewers: {
            /**
             * Format: int32
             * @description Tickets with an open watch page.
             */
            now: number;
            /**
             * Format: int32
             * @description Peak number of viewers.
             */
            peak: number;
        };
        /** @description Spending limits of a connected wallet; `null` applies the server's default. */
        WalletBudgetForm: {
            /**
             * Format: int64
             * @description Daily limit (UTC), in whole satoshis.
             */
            budget_per_day_sats?: number | null;
            /**
             * Format: int64
             * @description Limit per purchase, in whole satoshis.
             */
            budget_per_purchase_sats?: number | null;
        };
        /** @description Whether a wallet is connected. */
        WalletConnection: {
            /**
             * Format: int64
             * @description Daily limit (UTC) of automatic payments.
             */
            budget_per_day_sats?: number | null;
            /**
             * Format: int64
             * @description Limit per purchase of automatic payments; absent without a limit.
             */
            budget_per_purchase_sats?: number | null;
            connected: boolean;
            /** Format: date-time */
            created_at?: string | null;
            /**
             * Format: date-time
             * @description Expiry of the connection; `null` if it does not expire, absent without a connection.
             */
            expires_at?: string | null;
            /** @description Reason why a connected wallet is no longer used. */
            problem?: string | null;
            /** @description Whether the server refreshes it before it expires. */
            renews?: boolean;
            /**
             * Format: int64
             * @description Amount sent or possibly sent by wallets today (UTC).
             */
            spent_today_sats?: number | null;
            /** @description `connected`, `expired`, `stale` (not responding) or `needs_reconnect`. */
            state?: null | components["schemas"]["WalletState"];
            /** @description UMA address of the wallet, if known. */
            uma_address?: string | null;
        };
        /** @enum {string} */
        WalletState: "connected" | "expired" | "stale" | "needs_reconnect";
        /** @description What the player loads. */
        WatchMedia: {
            kind: components["schemas"]["MediaKind"];
            /** @description Token of HLS requests, sent as query parameter `token`; renewed by the live updates. */
            token: string | null;
            /** Format: date-time */
            token_expires_at: string | null;
            /** @description Address of the HLS playlist, of the embedded player, or of the link. */
            url: string;
        };
        /**
         * @description What the watch page shows: `before` early entry, `live`, a `replay`, or `over`.
         * @enum {string}
         */
        WatchPhase: "before" | "live" | "replay" | "over";
        /** @description Ticket to watch with. */
        WatchRequest: {
            /**
             * Format: int64
             * @description The ticket; by default one of the caller's.
             */
            ticket_id?: number | null;
            /** @description The ticket's `status_token` or the order's `order_token`, for callers without an account. */
            token?: string | null;
        };
        /** @description A watch session. The newest one of a ticket ends the earlier ones. */
        WatchSession: {
            announcement: components["schemas"]["Announcement"] | null;
            /**
             * Format: date-time
             * @description End of the event.
             */
            ends_at: string;
            media: components["schemas"]["WatchMedia"] | null;
            /**
             * Format: date-time
             * @description Start of early entry.
             */
            opens_at: string;
            phase: components["schemas"]["WatchPhase"];
            /**
             * Format: date-time
             * @description End of the replay; `null` without one.
             */
            replay_until: string | null;
            /** @description Secret of the session, for its live updates. */
            session: string;
            /**
             * Format: int64
             * @description The ticket; `null` for organisers without one.
             */
            ticket_id: number | null;
        };
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
                /** @description Ticket reference, from the order's payment link. */
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
            /** @description Invalid query */
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
            /** @description Unsupported UMA version; retry with a supported one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
            /** @description Temporarily unavailable; retry later */
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
            /** @description Temporarily unavailable; retry later */
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
                    /** @description Total number of entries */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_AuditLine"];
                };
            };
            /** @description Invalid query */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Temporarily unavailable; retry later */
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
                    /** @description Total number of events */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_AdminEvent"];
                };
            };
            /** @description Invalid query */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Temporarily unavailable; retry later */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Not allowed in the current state; see `type` */
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
            /** @description Temporarily unavailable; retry later */
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
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Not allowed in the current state; see `type` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
    announce: {
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
                "application/json": components["schemas"]["NewAnnouncement"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Announcement"];
                };
            };
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Temporarily unavailable; retry later */
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
    withdraw_announcement: {
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
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Temporarily unavailable; retry later */
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
                /** @description `csv` exports all attendees, with times in the event's zone. */
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
                    /** @description Total number of paid tickets */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_Attendee"];
                };
            };
            /** @description Invalid query */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Temporarily unavailable; retry later */
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
                /** @description Return the plan without cancelling. */
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
            /** @description Invalid query */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Temporarily unavailable; retry later */
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
    place_complimentary_order: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1–255 printable characters */
                "Idempotency-Key"?: string | null;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewComplimentaryOrder"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Order"];
                };
            };
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Not allowed in the current state; see `type` */
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
            /** @description Rejected; see `type` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry after `Retry-After` */
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
                    /** @description Total number of invoices */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_EventInvoiceRecord"];
                };
            };
            /** @description Invalid query */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Temporarily unavailable; retry later */
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
    list_promo_codes: {
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
                    /** @description Total number of promo codes */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_PromoCode"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Temporarily unavailable; retry later */
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
    add_promo_code: {
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
                "application/json": components["schemas"]["NewPromoCode"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_PromoCode"];
                };
            };
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Not allowed in the current state; see `type` */
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
            /** @description Temporarily unavailable; retry later */
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
    get_event_sales: {
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
                    "application/json": components["schemas"]["Answer_EventSales"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Temporarily unavailable; retry later */
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
    list_ticket_types: {
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
                    /** @description Total number of ticket types */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_TicketType"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Temporarily unavailable; retry later */
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
    add_ticket_type: {
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
                "application/json": components["schemas"]["NewTicketType"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_TicketType"];
                };
            };
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Not allowed in the current state; see `type` */
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
            /** @description Temporarily unavailable; retry later */
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
    sort_ticket_types: {
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
                "application/json": components["schemas"]["TicketTypeOrder"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_TicketType"];
                };
            };
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Temporarily unavailable; retry later */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Not allowed in the current state; see `type` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The Lightning node is unavailable; nothing was charged */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
    get_viewers: {
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
                    "application/json": components["schemas"]["Answer_Viewers"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Temporarily unavailable; retry later */
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
                    /** @description Total number of jobs */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_DeadJob"];
                };
            };
            /** @description Invalid query */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Temporarily unavailable; retry later */
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
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The Lightning node is unavailable; nothing was charged */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry after `Retry-After` */
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
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
                /** @description Part of an invoice id, bolt11, payment hash or address; or the id of a payment, an order or any of its tickets. */
                q?: string;
                /** @description A status, an anomaly such as `refund_due`, or `refundable`. */
                status?: string;
                /** @description Only refundable payments. */
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
                    /** @description Total number of matches */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_AdminPayment"];
                };
            };
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
                    /** @description Total number of matches */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_AdminPayment"];
                };
            };
            /** @description Invalid query */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Temporarily unavailable; retry later */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Not allowed in the current state; see `type` */
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
            /** @description Temporarily unavailable; retry later */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Not allowed in the current state; see `type` */
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
            /** @description Temporarily unavailable; retry later */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Not allowed in the current state; see `type` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The Lightning node is unavailable; nothing was charged */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
    list_general_promo_codes: {
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
                    /** @description Total number of promo codes */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_PromoCode"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
    add_general_promo_code: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPromoCode"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_PromoCode"];
                };
            };
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Not allowed in the current state; see `type` */
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
            /** @description Temporarily unavailable; retry later */
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
    update_promo_code: {
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
                "application/json": components["schemas"]["PromoCodeChanges"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_PromoCode"];
                };
            };
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Not allowed in the current state; see `type` */
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
            /** @description Temporarily unavailable; retry later */
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
    remove_promo_code: {
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
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Temporarily unavailable; retry later */
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
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
    update_ticket_type: {
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
                "application/json": components["schemas"]["TicketTypeChanges"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_TicketType"];
                };
            };
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Not allowed in the current state; see `type` */
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
            /** @description Temporarily unavailable; retry later */
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
    remove_ticket_type: {
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
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Temporarily unavailable; retry later */
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
    refund_ticket: {
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
                "application/json": components["schemas"]["NewTicketRefund"];
            };
        };
        responses: {
            /** @description Accepted for background processing */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_TicketRefund"];
                };
            };
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Not allowed in the current state; see `type` */
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
            /** @description Temporarily unavailable; retry later */
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
                /** @description Search terms in title or description. */
                q?: string;
                /** @description Only free (`true`) or only paid (`false`) events. */
                free?: string;
                /** @description Maximum ticket price in satoshis. */
                max_price_sats?: number;
                /** @description Only events that have not ended. */
                upcoming?: string;
                /** @description Only events that have ended, latest start first. */
                past?: string;
                /** @description Only events that end after this time. */
                from?: string;
                /** @description Only events that start before this time. */
                to?: string;
                /** @description 1–100, 50 by default. */
                limit?: number;
                /** @description Number of events to skip. */
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
                    /** @description Total number of matches */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_Event"];
                };
            };
            /** @description Invalid query */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
            /** @description Temporarily unavailable; retry later */
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
    open_watch: {
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
                "application/json": components["schemas"]["WatchRequest"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_WatchSession"];
                };
            };
            /** @description Invalid body */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Temporarily unavailable; retry later */
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
    stream_watch: {
        parameters: {
            query: {
                /** @description `session` of the watch session. */
                session: string;
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
            /** @description Invalid query */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Too many requests; retry after `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry after `Retry-After` */
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
                /** @description Ticket reference, from discovery's `callback`. */
                ref?: string;
                /** @description Receiving user as addressed by the UMA payer, from discovery's `callback`. */
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
            /** @description Invalid query */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
                /** @description Receiving user as addressed by the payer, from discovery's `callback`. */
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
            /** @description Invalid query */
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
            /** @description Temporarily unavailable; retry later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description Rejected; `code` is a UMA error code */
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
            /** @description Temporarily unavailable; retry later */
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
    place_order: {
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
                "application/json": components["schemas"]["NewOrder"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_PlacedOrder"];
                };
            };
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Not allowed in the current state; see `type` */
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
            /** @description Rejected; see `type` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; retry after `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The Lightning node is unavailable; nothing was charged */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry after `Retry-After` */
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
    quote_order: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewQuote"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Quote"];
                };
            };
            /** @description Invalid request; `fields` has the message of each invalid field */
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
            /** @description Too many requests; retry after `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
    get_order: {
        parameters: {
            query?: {
                /** @description The order's `order_token`. */
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
                    "application/json": components["schemas"]["Answer_Order"];
                };
            };
            /** @description Invalid query */
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
            /** @description Temporarily unavailable; retry later */
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
    cancel: {
        parameters: {
            query?: {
                /** @description The order's `order_token`. */
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
                    "application/json": components["schemas"]["Answer_Order"];
                };
            };
            /** @description Invalid query */
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
            /** @description Not allowed in the current state; see `type` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
    confirm: {
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
                "application/json": components["schemas"]["OrderConfirmation"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_PlacedOrder"];
                };
            };
            /** @description Invalid request; `fields` has the message of each invalid field */
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
            /** @description Not allowed in the current state; see `type` */
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
            /** @description Temporarily unavailable; retry later */
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
    stream_order: {
        parameters: {
            query?: {
                /** @description The order's `order_token`. */
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
            /** @description Invalid query */
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
            /** @description Too many requests; retry after `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry after `Retry-After` */
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
    refund_to_address: {
        parameters: {
            query?: {
                /** @description The order's `order_token`. */
                token?: string;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrderRefundAddress"];
            };
        };
        responses: {
            /** @description Accepted for background processing */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Order"];
                };
            };
            /** @description Invalid request; `fields` has the message of each invalid field */
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
            /** @description Not allowed in the current state; see `type` */
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
            /** @description Temporarily unavailable; retry later */
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
    change_holder: {
        parameters: {
            query?: {
                /** @description The order's `order_token`. */
                token?: string;
            };
            header?: never;
            path: {
                id: number;
                ticket_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TicketHolderChange"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Order"];
                };
            };
            /** @description Invalid request; `fields` has the message of each invalid field */
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
            /** @description Not allowed in the current state; see `type` */
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
            /** @description Temporarily unavailable; retry later */
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
    give_ticket_back: {
        parameters: {
            query?: {
                /** @description The order's `order_token`. */
                token?: string;
            };
            header?: never;
            path: {
                id: number;
                ticket_id: number;
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
                    "application/json": components["schemas"]["Answer_Order"];
                };
            };
            /** @description Invalid query */
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
            /** @description Not allowed in the current state; see `type` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
    get_payment_status: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Invoice id of the node, or bolt11 */
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
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Temporarily unavailable; retry later */
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
    authorize_stream: {
        parameters: {
            query?: never;
            header: {
                "X-Original-URI": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The token opens this address */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The token does not open this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    authorize_media_server: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MediaServerRequest"];
            };
        };
        responses: {
            /** @description The token opens this path */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Invalid body */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The token does not open this path */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Not allowed in the current state; see `type` */
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
            /** @description Rejected; see `type` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; retry after `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The Lightning node is unavailable; nothing was charged */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry after `Retry-After` */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
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
            /** @description Temporarily unavailable; retry later */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
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
            /** @description Too many requests; retry after `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
            /** @description Invalid query */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Not allowed in the current state; see `type` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; retry after `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
            /** @description Invalid query */
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
            /** @description Too many requests; retry after `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry after `Retry-After` */
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
            /** @description Invalid query */
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
            /** @description Too many requests; retry after `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
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
            /** @description Not allowed in the current state; see `type` */
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
            /** @description Too many requests; retry after `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
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
            /** @description Too many requests; retry after `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
    request_login_link: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RequestLoginLink"];
            };
        };
        responses: {
            /** @description Accepted for background processing */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            /** @description Invalid request; `fields` has the message of each invalid field */
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
            /** @description Too many requests; retry after `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
    confirm_login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConfirmLogin"];
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
            /** @description Invalid request; `fields` has the message of each invalid field */
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
            /** @description Too many requests; retry after `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
                    "application/json": components["schemas"]["Answer_OwnUser"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
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
            /** @description Temporarily unavailable; retry later */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
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
            /** @description Too many requests; retry after `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
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
            /** @description Temporarily unavailable; retry later */
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
            /** @description Accepted for background processing */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            /** @description Invalid request; `fields` has the message of each invalid field */
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
            /** @description Too many requests; retry after `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
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
            /** @description Too many requests; retry after `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Temporarily unavailable; retry later */
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
            /** @description Too many requests; retry after `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Not allowed in the current state; see `type` */
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
            /** @description Temporarily unavailable; retry later */
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
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
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
            /** @description Not allowed in the current state; see `type` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
    list_user_orders: {
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
                    /** @description Total number of orders */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_Order"];
                };
            };
            /** @description Invalid query */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
                    /** @description Total number of tickets */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_UserTicket"];
                };
            };
            /** @description Invalid query */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Missing or invalid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The account is not allowed to do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
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
            /** @description Temporarily unavailable; retry after `Retry-After` */
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
            /** @description Temporarily unavailable; retry after `Retry-After` */
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
            /** @description Temporarily unavailable; retry after `Retry-After` */
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
            /** @description Invalid body */
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
            /** @description Temporarily unavailable; retry later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description Rejected; `code` is a UMA error code */
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
                /** @description Receiving user as addressed by the payer. */
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
            /** @description Invalid request; `fields` has the message of each invalid field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description Missing or invalid token */
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
            /** @description The counterparty's keys could not be fetched */
            424: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LnurlError"];
                };
            };
            /** @description Temporarily unavailable; retry later */
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
