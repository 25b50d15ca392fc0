//! Settings of the real program: where they come from, and what they change.

use std::fs;

use countersign_tests::po::Po;
use countersign_tests::programs::run;
use countersign_tests::shop::Shop;
use serde_json::Value;

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_file() {
    let shop = Shop::founded(&[]);
    let settings = "[listen]\nport = 1001\n\n[desk]\nmode = \"manual\"\n";
    fs::write(shop.data().join("opd.toml"), settings).expect("a file");
    let checked = |arguments: &[&str], environment: Option<&str>| -> Value {
        let mut command = shop.opd_command(&["serve", "--check", "--json"]);
        command.args(arguments);
        command.envs(environment.map(|port| ("OPD_LISTEN_PORT", port)));
        run(&mut command).ok().json()
    };
    let by_file = checked(&[], None);
    assert_eq!(by_file["listen"]["port"], 1001);
    assert_eq!(by_file["desk"]["mode"], "manual");
    assert_eq!(checked(&[], Some("1002"))["listen"]["port"], 1002);
    assert_eq!(checked(&["1003"], Some("1002"))["listen"]["port"], 1003);
}

#[test]
fn the_file_makes_the_desk_wait_for_a_clerk_and_traces_fit_for_machines() {
    let mut shop = Shop::open();
    let settings = "[desk]\nmode = \"manual\"\n\n[traces]\nformat = \"json\"\n";
    fs::write(shop.data().join("opd.toml"), settings).expect("a file");
    let traces_before = shop.traces().len();
    shop.restart();
    let po = Po::joined(&shop, "acme");
    po.orders(&["WATER=3", "--number", "PO-1"]).ok();
    std::thread::sleep(std::time::Duration::from_secs(2));
    let order = &shop.orders()[0];
    assert_eq!(order["state"], "accepted");
    let traces = shop.traces().split_off(traces_before);
    let traces: Vec<Value> = traces
        .lines()
        .map(|line| serde_json::from_str(line).expect("every line is JSON"))
        .collect();
    let serving = traces.iter().find(|trace| trace["message"] == "serving");
    let serving = serving.expect("it says that it serves");
    assert_eq!(serving["level"], "INFO");
    let address = serving["address"].as_str().expect("where");
    assert_eq!(address, format!("127.0.0.1:{}", shop.port()));
}
