use super::{
    Vasp,
    error::VaspError,
    store::{PaymentRequest, RequestState},
    target::Target,
};
use crate::{
    ledger::{PaymentRecord, Progress},
    node::Node,
    pay::PayInvoice,
};
use kernel::Msats;
use payments::Bolt11;
use std::{
    future::Future,
    sync::{Arc, PoisonError},
    time::Duration,
};
use tokio::sync::oneshot;

/// Delays before automatic approvals are retried after transient errors.
const RETRIES: [Duration; 5] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
];

impl Vasp {
    /// Resumes payments interrupted by the end of the process, and automatic approvals.
    pub(crate) fn resume(self: &Arc<Self>) {
        for request in self.store.requests().into_iter().rev() {
            match request.state {
                RequestState::Paying => self.settle_later(request.id),
                RequestState::Pending { .. } if self.auto_approves(&request.user) => {
                    self.settle_later(request.id);
                }
                _ => {}
            }
        }
    }

    /// Marks a request as being paid, once.
    fn begin(&self, id: &str) -> Result<PaymentRequest, VaspError> {
        let begun = self.store.update(id, self.now(), |request| {
            let waits = matches!(request.state, RequestState::Pending { .. });
            request.state = RequestState::Paying;
            waits
        })?;
        self.world.changed();
        match begun {
            None => Err(VaspError::NoSuchRequest),
            Some((_, false)) => Err(VaspError::Decided),
            Some((request, true)) => Ok(request),
        }
    }

    /// Approves a request: fetches the invoice, checks and pays it. Continues if the caller stops waiting.
    pub async fn approve(self: &Arc<Self>, id: &str) -> Result<PaymentRequest, VaspError> {
        let request = self.begin(id)?;
        self.in_background(request).await
    }

    /// Declines a request.
    pub fn decline(&self, id: &str) -> Result<PaymentRequest, VaspError> {
        let answer = self.store.update(id, self.now(), |request| {
            let waits = matches!(request.state, RequestState::Pending { .. });
            request.state = RequestState::Declined;
            waits
        })?;
        self.world.changed();
        match answer {
            None => Err(VaspError::NoSuchRequest),
            Some((_, false)) => Err(VaspError::Decided),
            Some((request, true)) => Ok(request),
        }
    }

    /// Pays to a target: `$user@host`, `user@host`, an LNURL-pay address, a UMA Invoice, or a bolt11.
    pub async fn pay(
        self: &Arc<Self>,
        user: &str,
        target: &str,
        amount: Option<Msats>,
        comment: Option<&str>,
    ) -> Result<PaymentRequest, VaspError> {
        self.wallet(user)?;
        Target::parse(target)?;
        let now = self.now();
        let request = PaymentRequest {
            id: self.world.uuid()?,
            user: user.to_owned(),
            target: target.trim().to_owned(),
            pushed: false,
            payee: target.trim().to_owned(),
            amount,
            comment: comment.map(str::to_owned),
            expires_at: None,
            state: RequestState::Paying,
            bolt11: None,
            created_at: now,
            updated_at: now,
        };
        let (request, _) = self.store.add(request)?;
        self.world.changed();
        self.in_background(request).await
    }

    async fn in_background(self: &Arc<Self>, request: PaymentRequest) -> Result<PaymentRequest, VaspError> {
        let (sender, receiver) = oneshot::channel();
        let this = Arc::clone(self);
        self.spawn(async move {
            // The caller may have stopped waiting.
            let _ = sender.send(this.settle(request).await);
        });
        receiver.await.unwrap_or_else(|_| Err(VaspError::Unreachable("the wallet was stopped".into())))
    }

    /// Approves automatically, with retries after transient errors.
    pub(super) fn settle_later(self: &Arc<Self>, id: String) {
        let this = Arc::clone(self);
        self.spawn(async move {
            for pause in RETRIES {
                let outcome = match this.request(&id) {
                    Some(request) if request.state == RequestState::Paying => this.settle(request).await,
                    Some(_) => match this.begin(&id) {
                        Ok(request) => this.settle(request).await,
                        Err(error) => Err(error),
                    },
                    None => return,
                };
                match outcome {
                    Err(error) if error.is_transient() => tokio::time::sleep(pause).await,
                    _ => return,
                }
            }
        });
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn_on(work, &self.runtime);
    }

    /// Aborts all work, like a killed process.
    pub(crate) fn abort(&self) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }

    /// Completes a request that is being paid and stores the result.
    async fn settle(&self, request: PaymentRequest) -> Result<PaymentRequest, VaspError> {
        let outcome = self.execute(&request).await;
        let state = match &outcome {
            Ok(payment) => {
                let preimage = self.wallet(&request.user)?.preimage_of(payment.payment_hash);
                let preimage = preimage.map_or_else(String::new, |preimage| preimage.expose_hex());
                RequestState::Paid { fee: payment.fee, preimage }
            }
            Err(error) if error.is_transient() && request.pushed => {
                RequestState::Pending { trouble: Some(error.to_string()) }
            }
            Err(error) => RequestState::Failed { code: error.code(), reason: error.to_string() },
        };
        let written = self.store.update(&request.id, self.now(), |request| {
            request.state = state;
            true
        })?;
        self.world.changed();
        let (request, _) = written.ok_or(VaspError::NoSuchRequest)?;
        outcome.map(|_| request)
    }

    async fn execute(&self, request: &PaymentRequest) -> Result<PaymentRecord, VaspError> {
        let node = self.wallet(&request.user)?;
        let tried = request.bolt11.as_deref().and_then(|bolt11| Bolt11::parse(bolt11).ok());
        let tried = tried.and_then(|invoice| {
            let payments = node.payments_of(invoice.payment_hash());
            payments.into_iter().find(|payment| !matches!(payment.progress, Progress::Failed(_)))
        });
        if let Some(payment) = tried {
            // The process ended, or a response was lost, between paying and storing the result.
            return self.arrival(node, payment).await;
        }
        let target = Target::parse(&request.target)?;
        let asked = self.ask(&request.user, &target, request.amount, request.comment.as_deref()).await?;
        self.store.update(&request.id, self.now(), |request| {
            request.bolt11 = Some(asked.bolt11.clone());
            request.amount = Some(asked.amount);
            request.payee.clone_from(&asked.payee);
            true
        })?;
        let order = PayInvoice { bolt11: asked.bolt11, amount: Some(asked.amount), ..PayInvoice::default() };
        let payment = node.pay_invoice(&order)?;
        self.arrival(node, payment).await
    }

    /// Waits until a payment has settled or failed.
    async fn arrival(&self, node: &Node, payment: PaymentRecord) -> Result<PaymentRecord, VaspError> {
        let mut changes = self.world.changes();
        loop {
            let known = node.payment(&payment.id).unwrap_or_else(|| payment.clone());
            match known.progress {
                Progress::Settled => return Ok(known),
                Progress::Failed(reason) => return Err(VaspError::Payment(reason)),
                Progress::InFlight => {
                    if changes.changed().await.is_err() {
                        return Err(VaspError::Unreachable("the wallet was stopped".into()));
                    }
                }
            }
        }
    }
}
