//! What happens to orders, told as it happens: streams that go on where they were cut off.
#![expect(clippy::unwrap_used, reason = "helpers of tests end at the spot too")]

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

use countersign_tests::clerk::Clerk;
use countersign_tests::po::Po;
use countersign_tests::shop::{Shop, eventually, rows};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// A program that prints for as long as it runs.
struct Watching {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watching {
    fn start(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines }
    }

    /// The same, once it says that it watches.
    fn begun(command: &mut Command) -> Self {
        let mut watching = Self::start(command.stderr(Stdio::piped()));
        let said = watching.process.stderr.take().unwrap();
        let mut said = BufReader::new(said).lines().map_while(Result::ok);
        assert!(said.any(|line| line.contains("Ctrl-C ends it")));
        watching
    }

    /// Presses Ctrl-C, and returns the exit code.
    fn interrupted(mut self) -> Option<i32> {
        let id = Pid::from_child(&self.process);
        kill_process(id, Signal::INT).ok()?;
        self.process.wait().ok()?.code()
    }

    /// Reads until a line has this text in it; returns the lines.
    fn until(&mut self, text: &str) -> Vec<String> {
        let mut read = Vec::new();
        loop {
            let line = self.lines.next();
            let line = line
                .unwrap_or_else(|| panic!("no {text} in {read:#?}"))
                .unwrap();
            let is_it = line.contains(text);
            read.push(line);
            if is_it {
                return read;
            }
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _waited = self.process.wait();
    }
}

#[test]
fn a_watched_order_is_told_whole_and_once_though_the_server_is_killed() {
    let mut shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
    let acme = Po::joined(&shop, "acme");
    acme.orders(&["WATER=3", "--number", "PO-1"]).ok();
    let mut watching = Watching::start(&mut acme.command(&["status", "PO-1", "--watch"]));
    watching.until("accepted");
    shop.opd(&["order", "prepare", "PO-1"]).ok();
    watching.until("preparing");
    shop.kill();
    // While the server is away the operator works at its data.
    shop.opd(&["order", "pack", "PO-1"]).ok();
    shop.serve();
    watching.until("packed");
    shop.restart();
    shop.opd(&["order", "ship", "PO-1", "--carrier", "bicycle"])
        .ok();
    let last = watching.until("shipped");
    assert_eq!(last.len(), 1, "{last:#?}");
    assert!(watching.lines.next().is_none(), "nothing more can happen");
    assert!(watching.process.wait().unwrap().success());
}

#[test]
fn all_orders_of_a_buyer_are_told_and_those_of_others_are_not() {
    let shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
    let acme = Po::joined(&shop, "acme");
    let bolt = Po::joined(&shop, "bolt");
    acme.orders(&["WATER=1", "--number", "PO-1"]).ok();
    let mut watching = Watching::start(&mut acme.command(&["status", "--watch"]));
    watching.until("PO-1");
    bolt.orders(&["WATER=1", "--number", "B-1"]).ok();
    acme.orders(&["WATER=1", "--number", "PO-2"]).ok();
    shop.opd(&["order", "prepare", "B-1"]).ok();
    shop.opd(&["order", "prepare", "PO-1"]).ok();
    let told = watching.until("preparing");
    assert!(told.iter().all(|line| !line.contains("B-1")), "{told:#?}");
    assert!(
        told.iter().any(|line| line.starts_with("PO-2  ")),
        "{told:#?}"
    );
    assert!(told.last().unwrap().starts_with("PO-1  "), "{told:#?}");
}

#[test]
fn a_stream_ends_when_the_server_stops() {
    let mut shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
    let acme = Po::joined(&shop, "acme");
    acme.orders(&["WATER=1", "--number", "PO-1"]).ok();
    let mut watching = Watching::start(&mut acme.command(&["status", "PO-1", "--watch"]));
    watching.until("accepted");
    assert_eq!(shop.close(), Some(0));
    shop.serve();
    shop.opd(&["order", "cancel", "PO-1", "--reason", "broken"])
        .ok();
    watching.until("cancelled");
    eventually("the order is cancelled", || {
        rows(&shop.opd_json(&["order", "list"]))[0]["state"] == "cancelled"
    });
}

#[test]
fn the_desk_watches_here_and_elsewhere_and_goes_on_after_a_cut() {
    let mut shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
    let acme = Po::joined(&shop, "acme");
    let ada = Clerk::at_work(&shop, "ada", "auditor");
    acme.orders(&["WATER=3", "--number", "PO-1"]).ok();
    acme.orders(&["WATER=1", "--number", "PO-2"]).ok();
    let mut here = Watching::begun(&mut shop.opd_command(&["order", "watch"]));
    let mut there = Watching::begun(&mut ada.command(&["order", "watch", "--json"]));
    let mut one = Watching::begun(&mut ada.command(&["order", "watch", "PO-1"]));
    shop.opd(&["order", "prepare", "PO-2"]).ok();
    shop.opd(&["order", "prepare", "PO-1"]).ok();
    let told = here.until("PO-1");
    assert_eq!(told.len(), 2, "{told:#?}");
    let line = told.last().unwrap();
    assert!(
        line.contains("  acme  PO-1  preparing  operator:"),
        "{line}"
    );
    let told = there.until("PO-1");
    let event: Value = serde_json::from_str(told.last().unwrap()).unwrap();
    assert_eq!(event["state"], "preparing");
    assert_eq!(one.until("preparing").len(), 1, "of PO-2 nothing is told");
    shop.kill();
    // While the server is away the operator works at its data.
    shop.opd(&["order", "pack", "PO-1"]).ok();
    shop.serve();
    for watching in [&mut here, &mut there, &mut one] {
        assert_eq!(watching.until("packed").len(), 1, "told once");
    }
    shop.opd(&["order", "ship", "PO-1", "--carrier", "bicycle"])
        .ok();
    for watching in [&mut here, &mut there, &mut one] {
        watching.until("shipped");
    }
    assert!(one.lines.next().is_none(), "nothing more can happen to it");
    assert!(one.process.wait().unwrap().success());
    assert_eq!(here.interrupted(), Some(130));
    assert_eq!(there.interrupted(), Some(130));
    let over = ada.opd(&["order", "watch", "PO-1"]).ok();
    assert!(over.stderr.contains("nothing more"), "{}", over.stderr);
}
