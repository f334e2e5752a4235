//! Tables as defined by the migrations; a test compares the two.

diesel::table! {
    users (id) {
        id -> Int8,
        email -> Nullable<Text>,
        name -> Text,
        password_hash -> Nullable<Text>,
        email_verified_at -> Nullable<Timestamptz>,
        tokens_valid_from -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        account_key -> Nullable<Bytea>,
        language -> Text,
    }
}

diesel::table! {
    events (id) {
        id -> Int8,
        title -> Text,
        description -> Text,
        start_time -> Timestamptz,
        end_time -> Timestamptz,
        capacity -> Int4,
        price_sats -> Int8,
        stream_url -> Text,
        is_active -> Bool,
        cancelled_at -> Nullable<Timestamptz>,
        seats_taken -> Int4,
        search_text -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        time_zone -> Text,
        price_changed_at -> Nullable<Timestamptz>,
        network_limit -> Nullable<Int4>,
        host_name -> Text,
        contact -> Text,
        tags -> Text,
        replay_until -> Nullable<Timestamptz>,
        gated -> Bool,
    }
}

diesel::table! {
    tickets (id) {
        id -> Int8,
        event_id -> Int8,
        user_id -> Nullable<Int8>,
        ticket_code -> Text,
        payment_status -> Text,
        uma_address -> Text,
        hold_expires_at -> Nullable<Timestamptz>,
        checked_in_at -> Nullable<Timestamptz>,
        paid_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        link_key -> Nullable<Bytea>,
        network_tag -> Nullable<Bytea>,
        site_tag -> Nullable<Bytea>,
        order_id -> Nullable<Int8>,
        ticket_type_id -> Nullable<Int8>,
        price_msats -> Nullable<Int8>,
        holder_name -> Nullable<Text>,
        holder_email -> Nullable<Text>,
    }
}

diesel::table! {
    payments (id) {
        id -> Int8,
        ticket_id -> Int8,
        event_id -> Int8,
        status -> Text,
        price_msats -> Int8,
        refunded_msats -> Int8,
        late -> Bool,
        exception -> Text,
        refundable_msats -> Int8,
        collection_state -> Text,
        collection_detail -> Text,
        wallet_allowed -> Bool,
        paid_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        order_id -> Nullable<Int8>,
        revoked_msats -> Int8,
        revoked_refunded_msats -> Int8,
        payer_address -> Nullable<Text>,
    }
}

diesel::table! {
    uma_request_invoices (id) {
        id -> Int8,
        payment_id -> Nullable<Int8>,
        event_id -> Int8,
        invoice_id -> Text,
        payment_hash -> Text,
        bolt11 -> Text,
        amount_msats -> Int8,
        metadata -> Text,
        uma_address -> Text,
        uma_invoice -> Nullable<Text>,
        status -> Text,
        settled_msats -> Int8,
        settled_at -> Nullable<Timestamptz>,
        expires_at -> Timestamptz,
        created_at -> Timestamptz,
        role -> Nullable<Text>,
    }
}

diesel::table! {
    refunds (id) {
        id -> Int8,
        payment_id -> Int8,
        amount_msats -> Int8,
        destination -> Text,
        status -> Text,
        bolt11 -> Nullable<Text>,
        payment_hash -> Nullable<Text>,
        fee_msats -> Int8,
        error -> Text,
        requested_by -> Nullable<Int8>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    pay_orders (id) {
        id -> Int8,
        payer -> Text,
        payment_hash -> Text,
        payment_id -> Int8,
        refund_id -> Nullable<Int8>,
        bolt11 -> Text,
        amount_msats -> Int8,
        attempt -> Int4,
        ordered_at -> Timestamptz,
        expires_at -> Timestamptz,
        status -> Text,
        detail -> Text,
        answered_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    nwc_connections (user_id) {
        user_id -> Int8,
        connection_uri -> Text,
        expires_at -> Nullable<Timestamptz>,
        refresh_token -> Nullable<Text>,
        client_id -> Nullable<Text>,
        token_endpoint -> Nullable<Text>,
        uma_address -> Nullable<Text>,
        failure -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        budget_per_purchase_sats -> Nullable<Int8>,
        budget_per_day_sats -> Nullable<Int8>,
        refresh_claimed_until -> Nullable<Timestamptz>,
        silences -> Int4,
    }
}

diesel::table! {
    jobs (id) {
        id -> Int8,
        task -> Jsonb,
        key -> Nullable<Text>,
        status -> Text,
        run_at -> Timestamptz,
        lease_until -> Nullable<Timestamptz>,
        attempts -> Int4,
        last_error -> Nullable<Text>,
        created_at -> Timestamptz,
        mail_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    webhook_inbox (id) {
        id -> Int8,
        event_id -> Text,
        body -> Bytea,
        signature -> Text,
        received_at -> Timestamptz,
        processed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    nonces (domain, nonce) {
        domain -> Text,
        nonce -> Text,
        seen_at -> Timestamptz,
    }
}

diesel::table! {
    idempotency_keys (scope, key) {
        scope -> Text,
        key -> Text,
        fingerprint -> Bytea,
        ticket_id -> Int8,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    audit_log (id) {
        id -> Int8,
        actor_id -> Nullable<Int8>,
        action -> Text,
        subject -> Text,
        detail -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    email_tokens (user_id, purpose) {
        user_id -> Int8,
        purpose -> Text,
        token_hash -> Bytea,
        email -> Text,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    known_networks (user_id, network) {
        user_id -> Int8,
        network -> Bytea,
        seen_at -> Timestamptz,
    }
}

diesel::table! {
    mail_limits (scope) {
        scope -> Text,
        used_until -> Timestamptz,
    }
}

diesel::table! {
    erased_orders (payment_id) {
        payment_id -> Int8,
    }
}

diesel::table! {
    uma_pushes (payment_id) {
        payment_id -> Int8,
        payer -> Text,
        queued_at -> Timestamptz,
        pushed_at -> Nullable<Timestamptz>,
        payreq_at -> Nullable<Timestamptz>,
        refused_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    payment_events (id) {
        id -> Int8,
        payment_id -> Int8,
        kind -> Text,
        origin -> Text,
        actor_id -> Nullable<Int8>,
        amount_msats -> Nullable<Int8>,
        payment_hash -> Nullable<Text>,
        status -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    event_updates (id) {
        id -> Int8,
        event_id -> Int8,
        ticket_id -> Int8,
        title -> Text,
        start_time -> Timestamptz,
        end_time -> Timestamptz,
        stream_url -> Text,
        enqueued -> Bool,
    }
}

diesel::table! {
    ticket_types (id) {
        id -> Int8,
        event_id -> Int8,
        name -> Text,
        description -> Text,
        price_kind -> Text,
        price_sats -> Nullable<Int8>,
        price_currency -> Nullable<Text>,
        price_minor_units -> Nullable<Int8>,
        quota -> Nullable<Int4>,
        taken -> Int4,
        sale_starts_at -> Nullable<Timestamptz>,
        sale_ends_at -> Nullable<Timestamptz>,
        min_per_order -> Int4,
        max_per_order -> Nullable<Int4>,
        visibility -> Text,
        position -> Int4,
        archived_at -> Nullable<Timestamptz>,
        price_changed_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    promo_codes (id) {
        id -> Int8,
        event_id -> Nullable<Int8>,
        code -> Text,
        discount_kind -> Text,
        discount_amount -> Nullable<Int8>,
        all_types -> Bool,
        max_uses -> Nullable<Int4>,
        used -> Int4,
        max_uses_per_buyer -> Nullable<Int4>,
        valid_from -> Nullable<Timestamptz>,
        valid_until -> Nullable<Timestamptz>,
        archived_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    promo_code_types (promo_code_id, ticket_type_id) {
        promo_code_id -> Int8,
        ticket_type_id -> Int8,
    }
}

diesel::table! {
    orders (id) {
        id -> Int8,
        event_id -> Int8,
        kind -> Text,
        user_id -> Nullable<Int8>,
        guest_email -> Nullable<Text>,
        email_confirmed_at -> Nullable<Timestamptz>,
        payer_address -> Nullable<Text>,
        buyer_key -> Nullable<Text>,
        total_sats -> Int8,
        promo_code_id -> Nullable<Int8>,
        status -> Text,
        hold_expires_at -> Nullable<Timestamptz>,
        issued_at -> Nullable<Timestamptz>,
        legacy_ticket_id -> Nullable<Int8>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        language -> Text,
    }
}

diesel::table! {
    order_lines (order_id, position) {
        order_id -> Int8,
        position -> Int4,
        ticket_type_id -> Int8,
        quantity -> Int4,
        list_price_sats -> Int8,
        discount_sats -> Int8,
        conversion -> Nullable<Text>,
    }
}

diesel::table! {
    orders_rollout (id) {
        id -> Int4,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::joinable!(tickets -> events (event_id));
diesel::joinable!(tickets -> users (user_id));
diesel::joinable!(payments -> tickets (ticket_id));

diesel::table! {
    watch_sessions (ticket_id) {
        ticket_id -> Int8,
        session -> Bytea,
        opened_at -> Timestamptz,
    }
}

diesel::table! {
    watched_events (event_id) {
        event_id -> Int8,
        announcement -> Nullable<Text>,
        announced_at -> Nullable<Timestamptz>,
        peak -> Int4,
    }
}

diesel::table! {
    watch_viewers (event_id, process) {
        event_id -> Int8,
        process -> Int8,
        viewers -> Int4,
        counted_at -> Timestamptz,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    users,
    events,
    tickets,
    payments,
    uma_request_invoices,
    refunds,
    pay_orders,
    nwc_connections,
    jobs,
    webhook_inbox,
    nonces,
    idempotency_keys,
    audit_log,
    email_tokens,
    known_networks,
    mail_limits,
    erased_orders,
    uma_pushes,
    payment_events,
    event_updates,
    ticket_types,
    promo_codes,
    promo_code_types,
    orders,
    order_lines,
    orders_rollout,
    watch_sessions,
    watched_events,
    watch_viewers,
);
