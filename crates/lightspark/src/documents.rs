//! GraphQL documents. They select only the fields that are read, without aliases.

/// A named document.
pub(crate) struct Document {
    /// Operation name, required for every document.
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

/// Side effect of a document, which decides what a lost response means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Reads,
    Changes,
    /// Moves money out: only a closed list of responses proves that nothing was begun.
    Pays,
}

pub(crate) const CREATE_UMA_INVOICE: Document = Document {
    name: "CreateUmaInvoice",
    text: "mutation CreateUmaInvoice($node_id: ID!, $amount_msats: Long!, $metadata_hash: String!, $expiry_secs: Int) { \
           create_uma_invoice(input: {node_id: $node_id, amount_msats: $amount_msats, metadata_hash: $metadata_hash, expiry_secs: $expiry_secs}) { \
           invoice { id status data { encoded_payment_request payment_hash expires_at } } } }",
};

pub(crate) const INVOICE: Document = Document {
    name: "Invoice",
    text: "query Invoice($id: ID!) { entity(id: $id) { __typename ... on Invoice { \
           id status amount_paid { original_value original_unit } data { encoded_payment_request payment_hash expires_at } } } }",
};

pub(crate) const INVOICE_FOR_PAYMENT_HASH: Document = Document {
    name: "InvoiceForPaymentHash",
    text: "query InvoiceForPaymentHash($payment_hash: Hash32!) { invoice_for_payment_hash(input: {payment_hash: $payment_hash}) { \
           invoice { id status amount_paid { original_value original_unit } data { encoded_payment_request payment_hash expires_at } } } }",
};

pub(crate) const INCOMING_PAYMENTS_FOR_INVOICE: Document = Document {
    name: "IncomingPaymentsForInvoice",
    text: "query IncomingPaymentsForInvoice($invoice_id: ID!) { incoming_payments_for_invoice(input: {invoice_id: $invoice_id}) { \
           payments { id status resolved_at transaction_hash amount { original_value original_unit } } } }",
};

/// The object of a webhook's entity.
pub(crate) const WEBHOOK_ENTITY: Document = Document {
    name: "WebhookEntity",
    text: "query WebhookEntity($id: ID!) { entity(id: $id) { __typename \
           ... on Invoice { data { encoded_payment_request payment_hash expires_at } } \
           ... on IncomingPayment { transaction_hash payment_request { __typename ... on Invoice { data { encoded_payment_request payment_hash expires_at } } } } } }",
};

pub(crate) const PAY_INVOICE: Document = Document {
    name: "PayInvoice",
    text: "mutation PayInvoice($node_id: ID!, $encoded_invoice: String!, $timeout_secs: Int!, $maximum_fees_msats: Long!, $idempotency_key: String) { \
           pay_invoice(input: {node_id: $node_id, encoded_invoice: $encoded_invoice, timeout_secs: $timeout_secs, maximum_fees_msats: $maximum_fees_msats, idempotency_key: $idempotency_key}) { \
           payment { id status failure_reason payment_preimage fees { original_value original_unit } transaction_hash \
           payment_request_data { __typename ... on InvoiceData { payment_hash } } } } }",
};

pub(crate) const OUTGOING_PAYMENTS_FOR_PAYMENT_HASH: Document = Document {
    name: "OutgoingPaymentsForPaymentHash",
    text: "query OutgoingPaymentsForPaymentHash($payment_hash: Hash32!) { \
           outgoing_payments_for_payment_hash(input: {payment_hash: $payment_hash}) { \
           payments { id status failure_reason payment_preimage fees { original_value original_unit } } } }",
};

/// Finds a payment whose first response was lost.
pub(crate) const OUTGOING_PAYMENT_FOR_IDEMPOTENCY_KEY: Document = Document {
    name: "OutgoingPaymentForIdempotencyKey",
    text: "query OutgoingPaymentForIdempotencyKey($idempotency_key: String!) { \
           outgoing_payment_for_idempotency_key(input: {idempotency_key: $idempotency_key}) { \
           payment { id status failure_reason payment_preimage fees { original_value original_unit } transaction_hash \
           payment_request_data { __typename ... on InvoiceData { payment_hash } } } } }",
};

/// A page of the node's outgoing payments, failed ones included.
pub(crate) const OUTGOING_TRANSACTIONS: Document = Document {
    name: "OutgoingTransactions",
    text: "query OutgoingTransactions($first: Int!, $after: String, $after_date: DateTime!, $network: BitcoinNetwork!, $node_id: ID!) { \
           current_account { transactions(first: $first, after: $after, types: [OUTGOING_PAYMENT], after_date: $after_date, \
           bitcoin_network: $network, lightning_node_id: $node_id) { \
           page_info { has_next_page end_cursor } entities { __typename id created_at ... on OutgoingPayment { \
           status failure_reason transaction_hash amount { original_value original_unit } fees { original_value original_unit } \
           payment_request_data { __typename ... on InvoiceData { encoded_payment_request payment_hash expires_at } } } } } } }",
};

pub(crate) const NODE: Document = Document {
    name: "Node",
    text: "query Node($id: ID!) { entity(id: $id) { __typename ... on LightsparkNode { id status bitcoin_network \
           balances { owned_balance { original_value original_unit } available_to_send_balance { original_value original_unit } } } } }",
};

/// Separate from [`NODE`], since it must succeed while balances are unavailable.
pub(crate) const NODE_STATUS: Document = Document {
    name: "NodeStatus",
    text: "query NodeStatus($id: ID!) { entity(id: $id) { __typename ... on LightsparkNode { id status bitcoin_network } } }",
};

pub(crate) const RECOVER_NODE_SIGNING_KEY: Document = Document {
    name: "RecoverNodeSigningKey",
    text: "query RecoverNodeSigningKey($node_id: ID!) { entity(id: $node_id) { __typename \
           ... on LightsparkNodeWithOSK { encrypted_signing_private_key { encrypted_value cipher } } } }",
};

pub(crate) const CREATE_TEST_MODE_PAYMENT: Document = Document {
    name: "CreateTestModePayment",
    text: "mutation CreateTestModePayment($local_node_id: ID!, $encoded_invoice: String!) { \
           create_test_mode_payment(input: {local_node_id: $local_node_id, encoded_invoice: $encoded_invoice}) { \
           incoming_payment { id status } } }",
};
