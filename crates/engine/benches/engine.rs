//! What the engine rooms cost, natively: the property rules, the matching of clicks, the outbox, the encoding of batches.
//!
//! Native times say how the parts compare and whether a change makes one slower; what a page pays is measured in
//! browsers, by `./build.sh bench peers`.

use std::hint::black_box;
use std::rc::Rc;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pugmark_engine::batch::{Envelope, encode};
use pugmark_engine::chance::Chance;
use pugmark_engine::input::{Answer, Click};
use pugmark_engine::journal::{Content, Context, JournalKey, Record};
use pugmark_engine::outbox::Outbox;
use pugmark_engine::rules::Rules;
use pugmark_protocol::compiled::compile;
use pugmark_protocol::definition::{Target, Trigger};
use pugmark_protocol::fingerprint::{Fingerprint, Kind, Signal};
use pugmark_protocol::id::{EventId, SessionId, TabId, VisitorId};
use pugmark_protocol::name::EventName;
use pugmark_protocol::pattern::{Match, PagePattern};
use pugmark_protocol::property::{Reading, Value, cut_to_fit, sort_names};
use pugmark_protocol::time::UnixMillis;

const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

/// As many properties as an ordinary call has, as many as may be kept, and more.
fn property_rules(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("property rules");
    for count in [10_usize, 50, 200] {
        let names: Vec<String> = (0..count).map(|n| format!("Property-{}", n * 7919 % count)).collect();
        group.throughput(Throughput::Elements(count as u64));
        group.bench_with_input(BenchmarkId::from_parameter(count), &names, |bencher, names| {
            bencher.iter_batched(
                || names.clone(),
                |mut names| {
                    sort_names(&mut names);
                    let value = || Reading::Value(Value::Text("some value of ordinary length".to_owned()));
                    cut_to_fit(&mut names.into_iter().map(|name| (name, value())))
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

/// Rules for one page, of the forms that people write: by id, by class, by attribute, by place, by ancestor.
fn rules(count: usize) -> Rules {
    let lines: Vec<String> = (0..count)
        .map(|n| {
            let selector = match n % 5 {
                0 => format!("#buy-{n}"),
                1 => format!(".card .cta-{n}"),
                2 => format!("a[href^='/offer-{n}/']"),
                3 => format!(".list-{n} > li:nth-child(3)"),
                _ => format!("main [data-action=open-{n}]"),
            };
            let trigger = Trigger::ClickedElement {
                pages: vec![PagePattern { kind: Match::Wildcard, value: "/shop/*".to_owned() }],
                target: Target::of_selector(selector),
                alternatives: Vec::new(),
            };
            compile(&EventName::known("clicked"), &trigger).expect("is supported")
        })
        .collect();
    Rules::new(lines.join("\n"))
}

/// A button twenty elements deep, which one of the rules by id selects.
fn path() -> String {
    let mut path = "<button\t#buy-0\t.cta\t.cta-0\t[data-action=open\t:1\t/1".to_owned();
    for depth in 0..20 {
        path.push_str(&format!("\n<div\t.box\t.box-{depth}\t.card\t:{depth}\t/1"));
    }
    path
}

/// What is said of a button of a product's card, the number of the product in what is its own.
fn signals(number: usize) -> Vec<(Kind, String, u32)> {
    let own = [
        (Kind::Text, format!("Add boot {number} to the cart")),
        (Kind::Wording, format!("add boot {number}x to the cart")),
        (Kind::Word, format!("boot{number}")),
        (Kind::Attribute, format!("data-product={number}")),
        (Kind::Heading, format!("Boot {number}")),
        (Kind::Before, format!("{number} left")),
    ];
    let shared = [
        (Kind::Tag, "button"),
        (Kind::Class, "button"),
        (Kind::Class, "button--primary"),
        (Kind::Attribute, "type=submit"),
        (Kind::Attribute, "data-action=add"),
        (Kind::Word, "add"),
        (Kind::Word, "to"),
        (Kind::Word, "the"),
        (Kind::Word, "cart"),
        (Kind::Surrounding, "card"),
        (Kind::Surrounding, "cards"),
        (Kind::Surrounding, "page"),
        (Kind::Landmark, "form"),
        (Kind::Landmark, "main"),
        (Kind::Anchor, "products"),
        (Kind::Path, "form>"),
        (Kind::Path, "ul>li>div>form>"),
        (Kind::After, "$"),
        (Kind::Place, "0"),
    ];
    let own = own.into_iter().map(|(kind, value)| (kind, value, 100));
    own.chain(shared.into_iter().map(|(kind, value)| (kind, value.to_owned(), 21))).collect()
}

/// Rules by fingerprint: of the buttons of many cards, or of elements that have nothing in common.
fn fingerprints(count: usize, is_alike: bool) -> Rules {
    let lines: Vec<String> = (0..count)
        .map(|number| {
            let signals = signals(number).into_iter().map(|(kind, value, weight)| {
                let value = if is_alike || number == 0 { value } else { format!("{value} of {number}") };
                Signal { kind, value, weight }
            });
            let fingerprint = Fingerprint {
                family: "control".to_owned(),
                threshold: 460,
                alike: 1,
                signals: signals.collect(),
            };
            let trigger = Trigger::ClickedElement {
                pages: Vec::new(),
                target: Target { fingerprint: Some(fingerprint), ..Target::of_selector("button") },
                alternatives: Vec::new(),
            };
            compile(&EventName::known("clicked"), &trigger).expect("is supported")
        })
        .collect();
    Rules::new(lines.join("\n"))
}

/// A click on the first of the buttons.
fn observed_path() -> String {
    let tokens = signals(0).into_iter().map(|(kind, value, _)| format!("\t{}{value}", kind.sign()));
    format!("<button\t.button\tfcontrol{}\n<form\n<li\t.card\n<main", tokens.collect::<String>())
}

fn matching(criterion: &mut Criterion) {
    const URL: &str = "https://shop.example/shop/shoes";
    let mut group = criterion.benchmark_group("a click among rules");
    let click = Click { path: path(), details: String::new() };
    for count in [1, 10, 100, 1_000, 5_000] {
        let mut rules = rules(count);
        assert!(rules.selected(&click.path, URL).is_some_and(|marks| marks == "1"), "the rule by id selects");
        group.bench_with_input(BenchmarkId::from_parameter(count), &click, |bencher, click| {
            bencher.iter(|| {
                let marks = rules.selected(black_box(&click.path), URL);
                (marks, rules.of_click(click, URL))
            });
        });
    }
    group.finish();
    // All of them alike, so that a click comes near each; and each of other things, so that it comes near one.
    let mut group = criterion.benchmark_group("a click among fingerprints");
    for (name, is_alike) in [("alike", true), ("unlike", false)] {
        for count in [1, 100, 1_000] {
            let mut rules = fingerprints(count, is_alike);
            let click = Click { path: observed_path(), details: String::new() };
            assert!(rules.selected(&click.path, URL).is_some_and(|marks| marks == "1"), "the first means it");
            group.bench_with_input(BenchmarkId::new(name, count), &click, |bencher, click| {
                bencher.iter(|| {
                    let marks = rules.selected(black_box(&click.path), URL);
                    (marks, rules.near_miss(click, URL), rules.of_click(click, URL))
                });
            });
        }
    }
    group.finish();
    criterion.bench_function("the index of 1,000 rules, at the first click of a page", |bencher| {
        bencher.iter_batched(
            || rules(1_000),
            |mut rules| rules.interests(URL).is_some(),
            BatchSize::LargeInput,
        );
    });
}

fn context() -> Context {
    Context {
        tab: TabId::new(1),
        visitor: Some(VisitorId::new([1, 2])),
        session: Some((SessionId::new(3), NOW)),
    }
}

fn page() -> Rc<str> {
    r#"{"url":"https://shop.example/shop/shoes","title":"Shoes","referrer":""}"#.into()
}

fn event(number: u64, page: Rc<str>) -> Content {
    let members =
        r#","name":"signed_up","properties":{"plan":"pro","seats":12,"coupon":"WINTER","source":"banner"}"#;
    Content::Event { id: EventId::new(NOW, [number, 0]), number, page, members: members.into() }
}

/// Fifty events pushed, sent in one batch, and received.
fn outbox(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("the outbox");
    group.throughput(Throughput::Elements(50));
    group.bench_function("50 events there, sent and received", |bencher| {
        bencher.iter_batched(
            || (Outbox::new(TabId::new(1), Some(NOW)), Chance::seeded([1, 2])),
            |(mut outbox, mut chance)| {
                for number in 0..50 {
                    outbox.push(context(), NOW, event(number, page()), NOW);
                }
                while let Some(departure) = outbox.depart(NOW, false) {
                    let receipt = Answer::Status { status: 200, retry_after: None, refused: 0 };
                    outbox.answered(departure.number, &receipt, NOW, &mut chance);
                }
                assert!(outbox.is_empty(), "everything was received");
                outbox.effects()
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn batch_encoding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a batch encoded");
    let envelope =
        Envelope { site: "demo".to_owned(), device: r#"{"language":"nl","screen":[1440,900]}"#.to_owned() };
    for count in [1_u64, 10, 50] {
        let page = page();
        let records: Vec<Record> = (0..count)
            .map(|seq| Record {
                key: JournalKey { tab: TabId::new(1), seq },
                context: context(),
                at: NOW,
                content: event(seq, Rc::clone(&page)),
            })
            .collect();
        group.throughput(Throughput::Bytes(encode(&envelope, &records, NOW).len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(count), &records, |bencher, records| {
            bencher.iter(|| encode(&envelope, black_box(records), NOW));
        });
    }
    group.finish();
}

criterion_group!(engine, property_rules, matching, outbox, batch_encoding);
criterion_main!(engine);
