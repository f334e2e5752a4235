//! Queries and mutations.

use super::{
    Endpoint,
    document::{Field, Selection},
    execute::Problem,
};
use crate::{Call, Direction, InvoiceText, NodeError, PayInvoice, PaymentRecord, Progress};
use chrono::DateTime;
use kernel::Msats;
use payments::{Bolt11, PaymentHash};
use serde_json::{Map, Value as Json, json};

/// Lightspark's own default.
const DEFAULT_EXPIRY_SECS: i64 = 86_400;

/// Members of an operation's `input`, or of its bare arguments.
struct Input(Map<String, Json>);

impl Input {
    fn maybe_text(&self, name: &str) -> Result<Option<&str>, Problem> {
        match self.0.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(_) => Err(Problem::input(format!("Expected '{name}' to be a text."))),
        }
    }

    fn text(&self, name: &str) -> Result<&str, Problem> {
        self.maybe_text(name)?
            .ok_or_else(|| Problem::input(format!("Field '{name}' of required type was not provided.")))
    }

    /// Strings are refused, like by the real server.
    fn maybe_number(&self, name: &str) -> Result<Option<i64>, Problem> {
        match self.0.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(value) => value
                .as_i64()
                .map(Some)
                .ok_or_else(|| Problem::input(format!("Expected '{name}' to be a whole number."))),
        }
    }

    fn maybe_msats(&self, name: &str) -> Result<Option<Msats>, Problem> {
        self.maybe_number(name)?
            .map(|number| {
                Msats::try_from(number).map_err(|error| Problem::input(format!("'{name}': {error}.")))
            })
            .transpose()
    }

    fn msats(&self, name: &str) -> Result<Msats, Problem> {
        self.maybe_msats(name)?
            .ok_or_else(|| Problem::input(format!("Field '{name}' of required type was not provided.")))
    }

    fn hash(&self) -> Result<PaymentHash, Problem> {
        PaymentHash::from_hex(self.text("payment_hash")?)
            .map_err(|error| Problem::input(format!("'payment_hash': {error}.")))
    }

    /// Whether the payment matches `statuses`, if given.
    fn matches(&self, payment: &Json) -> bool {
        match self.0.get("statuses").and_then(Json::as_array) {
            Some(statuses) => payment.get("status").is_some_and(|status| statuses.contains(status)),
            None => true,
        }
    }
}

/// The node's call behind a root field, for planned faults.
pub(super) fn call(field: &str, asks_for_node: bool) -> Option<Call> {
    match field {
        "create_invoice" | "create_lnurl_invoice" | "create_uma_invoice" => Some(Call::CreateInvoice),
        "incoming_payments_for_invoice" | "incoming_payments_for_payment_hash" => Some(Call::Incoming),
        "pay_invoice" | "pay_uma_invoice" => Some(Call::Pay),
        "outgoing_payments_for_invoice"
        | "outgoing_payments_for_payment_hash"
        | "outgoing_payment_for_idempotency_key" => Some(Call::Outgoing),
        "entity" if asks_for_node => Some(Call::Balance),
        _ => None,
    }
}

/// The selected list of transactions of an account, if any.
pub(super) fn transactions(root: &Field) -> Option<&Field> {
    fn find(selection: &[Selection]) -> Option<&Field> {
        selection.iter().find_map(|selected| match selected {
            Selection::Field(field) => (field.name == "transactions").then_some(field),
            Selection::Inline(_, selection) => find(selection),
            Selection::Spread(_) => None,
        })
    }
    (root.name == "current_account").then(|| find(&root.selection)).flatten()
}

/// Whether a root field moves money out and requires a signature.
pub(super) fn needs_signature(field: &str) -> bool {
    matches!(field, "pay_invoice" | "pay_uma_invoice")
}

impl Endpoint {
    pub(super) fn query(&self, field: &str, mut arguments: Map<String, Json>) -> Result<Json, Problem> {
        let input = Input(match arguments.remove("input") {
            Some(Json::Object(input)) => input,
            _ => arguments,
        });
        match field {
            "__typename" => Ok("Query".into()),
            "current_account" => self.account(&Map::new()),
            "entity" => self.entity(input.text("id")?),
            "decoded_payment_request" => match self.invoice_data(input.text("encoded_payment_request")?) {
                Json::Null => Err(Problem::input("The payment request cannot be decoded.")),
                data => Ok(data),
            },
            "invoice_for_payment_hash" => {
                let invoice = self.node.invoice_of(input.hash()?).map(|invoice| self.invoice(&invoice));
                Ok(json!({"__typename": "InvoiceForPaymentHashOutput", "invoice": invoice}))
            }
            "incoming_payments_for_invoice" => {
                let id = input.text("invoice_id")?;
                let invoice = self.node.invoice(id).ok_or_else(|| unknown_id(id))?;
                Ok(self.payments_of(
                    invoice.payment_hash,
                    Direction::Incoming,
                    &input,
                    "IncomingPaymentsForInvoiceQueryOutput",
                ))
            }
            "incoming_payments_for_payment_hash" => {
                let name = "IncomingPaymentsForPaymentHashQueryOutput";
                Ok(self.payments_of(input.hash()?, Direction::Incoming, &input, name))
            }
            "outgoing_payments_for_payment_hash" => {
                let name = "OutgoingPaymentsForPaymentHashQueryOutput";
                Ok(self.payments_of(input.hash()?, Direction::Outgoing, &input, name))
            }
            "outgoing_payments_for_invoice" => {
                let invoice = Bolt11::parse(input.text("encoded_invoice")?)
                    .map_err(|error| Problem::input(error.to_string()))?;
                let name = "OutgoingPaymentsForInvoiceQueryOutput";
                Ok(self.payments_of(invoice.payment_hash(), Direction::Outgoing, &input, name))
            }
            "outgoing_payment_for_idempotency_key" => {
                let key = input.text("idempotency_key")?;
                let payments = self.node.payments();
                let found = payments.iter().find(|payment| payment.idempotency_key.as_deref() == Some(key));
                let payment = found.map(|payment| self.payment(payment));
                Ok(json!({"__typename": "OutgoingPaymentForIdempotencyKeyOutput", "payment": payment}))
            }
            other => Err(Problem::input(format!("Cannot query field '{other}' on type 'Query'."))),
        }
    }

    pub(super) fn mutation(&self, field: &str, mut arguments: Map<String, Json>) -> Result<Json, Problem> {
        let input = match (field, arguments.remove("input")) {
            ("__typename", _) => return Ok("Mutation".into()),
            (_, Some(Json::Object(input))) => Input(input),
            _ => return Err(Problem::input(format!("Field '{field}' argument 'input' is required."))),
        };
        match field {
            "create_invoice" => self.create_invoice(&input, false, "CreateInvoiceOutput"),
            "create_lnurl_invoice" => self.create_invoice(&input, true, "CreateLnurlInvoiceOutput"),
            "create_uma_invoice" => self.create_invoice(&input, true, "CreateUmaInvoiceOutput"),
            "cancel_invoice" => {
                let invoice = self.node.cancel_invoice(input.text("invoice_id")?).map_err(problem)?;
                Ok(json!({"__typename": "CancelInvoiceOutput", "invoice": self.invoice(&invoice)}))
            }
            "pay_invoice" => self.pay(&input, "PayInvoiceOutput"),
            "pay_uma_invoice" => self.pay(&input, "PayUmaInvoiceOutput"),
            "create_test_mode_payment" => {
                self.is_ours(input.text("local_node_id")?)?;
                let payment = self
                    .node
                    .receive_without_payer(input.text("encoded_invoice")?, input.maybe_msats("amount_msats")?)
                    .map_err(problem)?;
                let payment = self.payment(&payment);
                Ok(json!({
                    "__typename": "CreateTestModePaymentoutput", "payment": null, "incoming_payment": payment,
                }))
            }
            "create_test_mode_invoice" => {
                self.is_ours(input.text("local_node_id")?)?;
                let merchant =
                    self.node.world().node("merchant", Msats::ZERO).map_err(|_| Problem::internal())?;
                let text = InvoiceText::Description(input.maybe_text("memo")?.unwrap_or_default().to_owned());
                let asked = Some(input.msats("amount_msats")?).filter(|amount| !amount.is_zero());
                let expiry = u32::try_from(DEFAULT_EXPIRY_SECS).unwrap_or(u32::MAX);
                let invoice = merchant.make_invoice(asked, &text, expiry).map_err(problem)?;
                Ok(json!({
                    "__typename": "CreateTestModeInvoiceOutput", "encoded_payment_request": invoice.bolt11,
                }))
            }
            other => Err(Problem::input(format!("Cannot query field '{other}' on type 'Mutation'."))),
        }
    }

    /// The account with the page of transactions that `arguments` select.
    pub(super) fn account(&self, arguments: &Map<String, Json>) -> Result<Json, Problem> {
        let input = Input(arguments.clone());
        let number = |name: &str| -> Result<Option<usize>, Problem> {
            Ok(input.maybe_number(name)?.and_then(|number| usize::try_from(number).ok()))
        };
        let since = input.maybe_text("after_date")?.map(DateTime::parse_from_rfc3339).transpose();
        let since = since.map_err(|_| Problem::input("'after_date' is no time."))?;
        let after = input.maybe_text("after")?.map(str::parse::<usize>).transpose();
        let after = after.map_err(|_| Problem::input("'after' is no cursor."))?.unwrap_or(0);
        let types = input.0.get("types").and_then(Json::as_array);
        let wants =
            |name: &str| types.is_none_or(|types| types.iter().any(|one| one == name || one == "PAYMENT"));
        let payments: Vec<PaymentRecord> = self
            .node
            .payments()
            .into_iter()
            .filter(|payment| match payment.direction {
                Direction::Incoming => wants("INCOMING_PAYMENT"),
                Direction::Outgoing => wants("OUTGOING_PAYMENT"),
            })
            .filter(|payment| since.is_none_or(|since| payment.created_at >= since))
            .collect();
        let first = number("first")?.unwrap_or(payments.len());
        let end = after.saturating_add(first).min(payments.len());
        let entities: Vec<Json> =
            payments.iter().take(end).skip(after).map(|payment| self.payment(payment)).collect();
        Ok(self.account_entity(&json!({
            "__typename": "AccountToTransactionsConnection",
            "count": payments.len(),
            "page_info": {
                "__typename": "PageInfo", "has_next_page": end < payments.len(), "has_previous_page": after > 0,
                "start_cursor": after.to_string(), "end_cursor": end.to_string(),
            },
            "entities": entities,
        })))
    }

    /// The entity of an id `Type:uuid`. Another form is an error, an unknown id is null.
    fn entity(&self, id: &str) -> Result<Json, Problem> {
        if id == self.settings.node_id {
            return Ok(self.node_entity());
        }
        if !id.split_once(':').is_some_and(|(word, rest)| !word.is_empty() && rest.len() == 36) {
            return Err(unknown_id(id));
        }
        let invoice = self.node.invoice(id).map(|invoice| self.invoice(&invoice));
        Ok(invoice
            .or_else(|| self.node.payment(id).map(|payment| self.payment(&payment)))
            .unwrap_or_default())
    }

    fn payments_of(&self, hash: PaymentHash, direction: Direction, input: &Input, type_name: &str) -> Json {
        let payments: Vec<Json> = self
            .node
            .payments_of(hash)
            .iter()
            .filter(|payment| payment.direction == direction)
            .map(|payment| self.payment(payment))
            .filter(|payment| input.matches(payment))
            .collect();
        json!({"__typename": type_name, "payments": payments})
    }

    fn create_invoice(&self, input: &Input, hashed: bool, type_name: &str) -> Result<Json, Problem> {
        self.is_ours(input.text("node_id")?)?;
        let amount = Some(input.msats("amount_msats")?).filter(|amount| !amount.is_zero());
        let expiry = input.maybe_number("expiry_secs")?.unwrap_or(DEFAULT_EXPIRY_SECS);
        let expiry = u32::try_from(expiry)
            .ok()
            .filter(|seconds| *seconds > 0)
            .ok_or_else(|| Problem::input("'expiry_secs' is out of range."))?;
        let text = if hashed {
            let mut hash = [0; 32];
            hex::decode_to_slice(input.text("metadata_hash")?, &mut hash)
                .map_err(|_| Problem::input("'metadata_hash' is not 64 hexadecimal digits."))?;
            InvoiceText::Hash(hash)
        } else {
            InvoiceText::Description(input.maybe_text("memo")?.unwrap_or_default().to_owned())
        };
        let invoice = self.node.make_invoice(amount, &text, expiry).map_err(problem)?;
        Ok(json!({"__typename": type_name, "invoice": self.invoice(&invoice)}))
    }

    fn pay(&self, input: &Input, type_name: &str) -> Result<Json, Problem> {
        self.is_ours(input.text("node_id")?)?;
        if input.maybe_number("timeout_secs")?.is_none_or(|seconds| seconds <= 0) {
            return Err(Problem::input("'timeout_secs' is out of range."));
        }
        let payment = self
            .node
            .pay_invoice(&PayInvoice {
                bolt11: input.text("encoded_invoice")?.to_owned(),
                amount: input.maybe_msats("amount_msats")?,
                max_fee: Some(input.msats("maximum_fees_msats")?),
                idempotency_key: input.maybe_text("idempotency_key")?.map(str::to_owned),
            })
            .map_err(problem)?;
        Ok(json!({"__typename": type_name, "payment": self.payment(&as_pending(payment))}))
    }

    fn is_ours(&self, node_id: &str) -> Result<(), Problem> {
        if node_id == self.settings.node_id { Ok(()) } else { Err(unknown_id(node_id)) }
    }
}

/// A successful payment is pending in the response that starts it, as the SDKs' tests expect: they poll.
fn as_pending(payment: PaymentRecord) -> PaymentRecord {
    match payment.progress {
        Progress::Settled => PaymentRecord { progress: Progress::InFlight, resolved_at: None, ..payment },
        Progress::InFlight | Progress::Failed(_) => payment,
    }
}

fn unknown_id(id: &str) -> Problem {
    let id: String = id.chars().take(80).collect();
    Problem::named("InvalidLightsparkIDException", format!("The id {id:?} is not valid."))
}

fn problem(error: NodeError) -> Problem {
    match error {
        NodeError::World(_) => Problem::internal(),
        error => Problem::input(error.to_string()),
    }
}
