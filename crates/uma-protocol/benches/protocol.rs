//! The messages of UMA, beside the bare operations they need, in CPU time of one core.
//!
//! `cargo bench -p uma-protocol --bench protocol`
#![expect(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark")]

mod common;

use std::hint::black_box;
use std::time::Duration;

use common::{Bare, NOW, SCOPES, Shop, cpu_time};
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use uma_protocol::{LnurlpRequest, UmaInvoice, UmaVersion, VaspDomain};

struct CpuTime;

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        cpu_time()
    }

    fn end(&self, start: Duration) -> Duration {
        cpu_time().saturating_sub(start)
    }

    fn add(&self, a: &Duration, b: &Duration) -> Duration {
        *a + *b
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        value.as_secs_f64() * 1e9
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

fn bare(c: &mut Criterion<CpuTime>) {
    let bare = Bare::new();
    let mut group = c.benchmark_group("bare");
    group.throughput(Throughput::Elements(1));
    group.bench_function("sign", |b| b.iter(|| bare.sign()));
    group.bench_function("verify", |b| b.iter(|| bare.verify()));
    group.bench_function("ecies open", |b| b.iter(|| bare.open()));
    group.bench_function("bolt11", |b| b.iter(|| bare.bolt11()));
    for (name, scope) in SCOPES {
        group.bench_function(format!("payreq: {name}"), |b| b.iter(|| bare.all(scope)));
    }
    group.finish();
}

fn messages(c: &mut Criterion<CpuTime>) {
    let shop = Shop::new();
    let mut group = c.benchmark_group("uma");
    group.throughput(Throughput::Elements(1));
    for (name, scope) in SCOPES {
        let body = shop.body(scope);
        group.bench_function(format!("payreq: {name}"), |b| b.iter(|| shop.answer(black_box(&body), scope)));
    }
    let vasp = VaspDomain::parse("vasp1.example.org").unwrap();
    group.bench_function("lnurlp sign", |b| {
        b.iter(|| {
            let domain = vasp.clone();
            LnurlpRequest::signed(&shop.address, domain, UmaVersion::V1, "7", NOW, &shop.key).to_url()
        });
    });
    let url =
        LnurlpRequest::signed(&shop.address, vasp.clone(), UmaVersion::V1, "7", NOW, &shop.key).to_url();
    let key = shop.key.public_key();
    group.bench_function("lnurlp verify", |b| {
        b.iter(|| LnurlpRequest::parse_url(black_box(&url)).unwrap().verify(&key).unwrap());
    });
    let draft = shop.invoice();
    group.bench_function("invoice sign + encode", |b| {
        b.iter(|| draft.clone().sign(&shop.key).unwrap().to_bech32().unwrap());
    });
    let text = draft.sign(&shop.key).unwrap().to_bech32().unwrap();
    group.bench_function("invoice decode", |b| b.iter(|| UmaInvoice::parse(black_box(&text)).unwrap()));
    group.bench_function("invoice decode + verify", |b| {
        b.iter(|| UmaInvoice::parse(black_box(&text)).unwrap().verify(&key).unwrap());
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(CpuTime).measurement_time(Duration::from_secs(3)).sample_size(40);
    targets = bare, messages
}
criterion_main!(benches);
