//! Tables as defined by the migrations. Boolean and time columns are SQLite integers.

diesel::table! {
    users (id) {
        id -> BigInt,
        email -> Nullable<Text>,
        name -> Text,
        password_hash -> Nullable<Text>,
        email_verified_at -> Nullable<BigInt>,
        tokens_valid_from -> BigInt,
        deleted_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        account_key -> Nullable<Binary>,
        language -> Text,
    }
}

diesel::table! {
    events (id) {
        id -> BigInt,
        title -> Text,
        description -> Text,
        start_time -> BigInt,
        end_time -> BigInt,
        capacity -> BigInt,
        price_sats -> BigInt,
        stream_url -> Text,
        is_active -> Bool,
        cancelled_at -> Nullable<BigInt>,
        seats_taken -> BigInt,
        search_text -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        time_zone -> Text,
        price_changed_at -> Nullable<BigInt>,
        network_limit -> Nullable<BigInt>,
        host_name -> Text,
        contact -> Text,
        tags -> Text,
        replay_until -> Nullable<BigInt>,
        gated -> Bool,
    }
}

diesel::table! {
    tickets (id) {
        id -> BigInt,
        event_id -> BigInt,
        user_id -> Nullable<BigInt>,
        ticket_code -> Text,
        payment_status -> Text,
        uma_address -> Text,
        hold_expires_at -> Nullable<BigInt>,
        checked_in_at -> Nullable<BigInt>,
        paid_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        link_key -> Nullable<Binary>,
        network_tag -> Nullable<Binary>,
        site_tag -> Nullable<Binary>,
        order_id -> Nullable<BigInt>,
        ticket_type_id -> Nullable<BigInt>,
        price_msats -> Nullable<BigInt>,
        holder_name -> Nullable<Text>,
        holder_email -> Nullable<Text>,
    }
}

diesel::table! {
    payments (id) {
        id -> BigInt,
        ticket_id -> BigInt,
        event_id -> BigInt,
        status -> Text,
        price_msats -> BigInt,
        refunded_msats -> BigInt,
        late -> Bool,
        received_msats -> BigInt,
        kept_msats -> BigInt,
        refundable_msats -> BigInt,
        exception -> Text,
        collection_state -> Text,
        collection_detail -> Text,
        wallet_allowed -> Bool,
        paid_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        order_id -> Nullable<BigInt>,
        revoked_msats -> BigInt,
        revoked_refunded_msats -> BigInt,
        payer_address -> Nullable<Text>,
    }
}

diesel::table! {
    uma_request_invoices (id) {
        id -> BigInt,
        payment_id -> Nullable<BigInt>,
        event_id -> BigInt,
        invoice_id -> Text,
        payment_hash -> Text,
        bolt11 -> Text,
        amount_msats -> BigInt,
        metadata -> Text,
        uma_address -> Text,
        uma_invoice -> Nullable<Text>,
        status -> Text,
        settled_msats -> BigInt,
        settled_at -> Nullable<BigInt>,
        expires_at -> BigInt,
        created_at -> BigInt,
        role -> Nullable<Text>,
    }
}

diesel::table! {
    refunds (id) {
        id -> BigInt,
        payment_id -> BigInt,
        amount_msats -> BigInt,
        destination -> Text,
        status -> Text,
        bolt11 -> Nullable<Text>,
        payment_hash -> Nullable<Text>,
        fee_msats -> BigInt,
        error -> Text,
        requested_by -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    pay_orders (id) {
        id -> BigInt,
        payer -> Text,
        payment_hash -> Text,
        payment_id -> BigInt,
        refund_id -> Nullable<BigInt>,
        bolt11 -> Text,
        amount_msats -> BigInt,
        attempt -> BigInt,
        ordered_at -> BigInt,
        expires_at -> BigInt,
        status -> Text,
        detail -> Text,
        answered_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    nwc_connections (user_id) {
        user_id -> BigInt,
        connection_uri -> Text,
        expires_at -> Nullable<BigInt>,
        refresh_token -> Nullable<Text>,
        client_id -> Nullable<Text>,
        token_endpoint -> Nullable<Text>,
        uma_address -> Nullable<Text>,
        failure -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        budget_per_purchase_sats -> Nullable<BigInt>,
        budget_per_day_sats -> Nullable<BigInt>,
        refresh_claimed_until -> Nullable<BigInt>,
        silences -> BigInt,
    }
}

diesel::table! {
    jobs (id) {
        id -> BigInt,
        task -> Text,
        key -> Nullable<Text>,
        status -> Text,
        run_at -> BigInt,
        lease_until -> Nullable<BigInt>,
        attempts -> BigInt,
        last_error -> Nullable<Text>,
        created_at -> BigInt,
        mail_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    webhook_inbox (id) {
        id -> BigInt,
        event_id -> Text,
        body -> Binary,
        signature -> Text,
        received_at -> BigInt,
        job_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    nonces (domain, nonce) {
        domain -> Text,
        nonce -> Text,
        seen_at -> BigInt,
    }
}

diesel::table! {
    idempotency_keys (scope, key) {
        scope -> Text,
        key -> Text,
        fingerprint -> Binary,
        ticket_id -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    audit_log (id) {
        id -> BigInt,
        actor_id -> Nullable<BigInt>,
        action -> Text,
        subject -> Text,
        detail -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    email_tokens (user_id, purpose) {
        user_id -> BigInt,
        purpose -> Text,
        token_hash -> Binary,
        email -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    known_networks (user_id, network) {
        user_id -> BigInt,
        network -> Binary,
        seen_at -> BigInt,
    }
}

diesel::table! {
    mail_limits (scope) {
        scope -> Text,
        used_until -> BigInt,
    }
}

diesel::table! {
    erased_orders (payment_id) {
        payment_id -> BigInt,
    }
}

diesel::table! {
    uma_pushes (payment_id) {
        payment_id -> BigInt,
        payer -> Text,
        queued_at -> BigInt,
        pushed_at -> Nullable<BigInt>,
        payreq_at -> Nullable<BigInt>,
        refused_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    payment_events (id) {
        id -> BigInt,
        payment_id -> BigInt,
        kind -> Text,
        origin -> Text,
        actor_id -> Nullable<BigInt>,
        amount_msats -> Nullable<BigInt>,
        payment_hash -> Nullable<Text>,
        status -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    event_updates (id) {
        id -> BigInt,
        event_id -> BigInt,
        ticket_id -> BigInt,
        title -> Text,
        start_time -> BigInt,
        end_time -> BigInt,
        stream_url -> Text,
        enqueued -> Bool,
    }
}

diesel::table! {
    ticket_types (id) {
        id -> BigInt,
        event_id -> BigInt,
        name -> Text,
        description -> Text,
        price_kind -> Text,
        price_sats -> Nullable<BigInt>,
        price_currency -> Nullable<Text>,
        price_minor_units -> Nullable<BigInt>,
        quota -> Nullable<BigInt>,
        taken -> BigInt,
        sale_starts_at -> Nullable<BigInt>,
        sale_ends_at -> Nullable<BigInt>,
        min_per_order -> BigInt,
        max_per_order -> Nullable<BigInt>,
        visibility -> Text,
        position -> BigInt,
        archived_at -> Nullable<BigInt>,
        price_changed_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    promo_codes (id) {
        id -> BigInt,
        event_id -> Nullable<BigInt>,
        code -> Text,
        discount_kind -> Text,
        discount_amount -> Nullable<BigInt>,
        all_types -> Bool,
        max_uses -> Nullable<BigInt>,
        used -> BigInt,
        max_uses_per_buyer -> Nullable<BigInt>,
        valid_from -> Nullable<BigInt>,
        valid_until -> Nullable<BigInt>,
        archived_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    promo_code_types (promo_code_id, ticket_type_id) {
        promo_code_id -> BigInt,
        ticket_type_id -> BigInt,
    }
}

diesel::table! {
    orders (id) {
        id -> BigInt,
        event_id -> BigInt,
        kind -> Text,
        user_id -> Nullable<BigInt>,
        guest_email -> Nullable<Text>,
        email_confirmed_at -> Nullable<BigInt>,
        payer_address -> Nullable<Text>,
        buyer_key -> Nullable<Text>,
        total_sats -> BigInt,
        promo_code_id -> Nullable<BigInt>,
        status -> Text,
        hold_expires_at -> Nullable<BigInt>,
        issued_at -> Nullable<BigInt>,
        legacy_ticket_id -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        language -> Text,
    }
}

diesel::table! {
    order_lines (order_id, position) {
        order_id -> BigInt,
        position -> BigInt,
        ticket_type_id -> BigInt,
        quantity -> BigInt,
        list_price_sats -> BigInt,
        discount_sats -> BigInt,
        conversion -> Nullable<Text>,
    }
}

diesel::table! {
    orders_rollout (id) {
        id -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    watch_sessions (ticket_id) {
        ticket_id -> BigInt,
        session -> Binary,
        opened_at -> BigInt,
    }
}

diesel::table! {
    watched_events (event_id) {
        event_id -> BigInt,
        announcement -> Nullable<Text>,
        announced_at -> Nullable<BigInt>,
        peak -> BigInt,
    }
}

diesel::table! {
    watch_viewers (event_id, process) {
        event_id -> BigInt,
        process -> BigInt,
        viewers -> BigInt,
        counted_at -> BigInt,
    }
}

diesel::joinable!(payments -> tickets (ticket_id));
diesel::joinable!(uma_pushes -> payments (payment_id));
diesel::joinable!(tickets -> events (event_id));
diesel::joinable!(tickets -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(
    payments,
    tickets,
    events,
    users,
    erased_orders,
    uma_pushes,
    uma_request_invoices,
    ticket_types,
    promo_codes,
    promo_code_types,
    orders,
    order_lines,
    idempotency_keys,
    watch_sessions
);
