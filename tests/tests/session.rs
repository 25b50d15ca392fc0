//! A person at `po HOST PORT`: trusting, signing in, choosing, and signing with RSA and with DSA.

use countersign_tests::po::Po;
use countersign_tests::shop::Shop;
use countersign_tests::terminal::Terminal;

const PASSPHRASE: &str = "a passphrase for my keys";

#[test]
fn a_person_orders_with_an_rsa_key_and_then_with_a_new_dsa_key() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let po = Po::new(shop.port());
    po.has_key_enrolled(&shop, "acme", "rsa");
    let mut terminal = sits_down(&po);
    trusts(&mut terminal, &shop);
    signs_in(&mut terminal, &acme.password);

    terminal.answers("order> ", "WATER 2");
    terminal.answers("order> ", "");
    terminal.answers("Key file: ", "key.pem");
    terminal.answers("Your number for this order", "PO-RSA");
    let shown = terminal.answers("[n]o: ", "v");
    assert!(
        shown.contains("30.00 USD") && shown.contains("sha256:"),
        "{shown}"
    );
    let bytes = terminal.answers("[n]o: ", "y");
    assert!(bytes.contains("countersign/order/1"), "{bytes}");
    terminal.answers("Passphrase of key.pem: ", PASSPHRASE);
    terminal.sees("accepted: PO-RSA");
    terminal.sees("verified");
    terminal.sees("shipped");

    terminal.answers("Another order?", "y");
    terminal.answers("order> ", "BREAD 1");
    terminal.answers("order> ", "");
    terminal.answers("Key [1]: ", "dsa");
    terminal.answers("Make one", "y");
    terminal.answers("Passphrase for the new key: ", PASSPHRASE);
    terminal.answers("The same again: ", PASSPHRASE);
    terminal.answers("key.pem: ", PASSPHRASE);
    terminal.sees("enrolled DSA");
    terminal.answers("Your number for this order", "PO-DSA");
    terminal.answers("[n]o: ", "y");
    terminal.answers("acme-dsa.pem: ", PASSPHRASE);
    terminal.sees("accepted: PO-DSA");
    terminal.sees("shipped");
    terminal.answers("Another order?", "n");
    terminal.ends();
    assert_eq!(terminal.exit_code(), 0);
    shop.wait_for_state("PO-RSA", "shipped");
    shop.wait_for_state("PO-DSA", "shipped");
}

#[test]
fn what_a_person_types_in_secret_is_not_shown() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let po = Po::trusting(&shop);
    let mut terminal = sits_down(&po);
    terminal.answers("ID: ", "acme");
    terminal.answers("Password of acme: ", "a mistyped password");
    let shown = terminal.answers("ID: ", "acme");
    assert!(!shown.contains("mistyped"), "{shown}");
    terminal.answers("Password of acme: ", &acme.password);
    let shown = terminal.answers("order> ", "");
    assert!(!shown.contains(&acme.password), "{shown}");
    terminal.answers("Another order?", "n");
    terminal.ends();
}

#[test]
fn a_person_who_types_another_fingerprint_signs_in_to_nobody() {
    let shop = Shop::open();
    let po = Po::new(shop.port());
    let mut terminal = sits_down(&po);
    terminal.answers("Type its last 8 characters", "00000000");
    let shown = terminal.ends();
    assert!(shown.contains("not trusted"), "{shown}");
    assert_eq!(terminal.exit_code(), 1);
}

#[test]
fn ctrl_c_ends_with_130_and_leaves_the_terminal_as_it_was() {
    let shop = Shop::open();
    let po = Po::trusting(&shop);
    let arguments = ["127.0.0.1", &po.port()];
    let mut terminal = types_in_a_shell(&interactive(&po, &arguments));
    terminal.interrupts("ID: ");
    terminal.sees("ended with 130");

    let mut terminal = types_in_a_shell(&interactive(&po, &arguments));
    terminal.answers("ID: ", "acme");
    terminal.interrupts("Password of acme: ");
    ends_with_the_terminal_as_it_was(&mut terminal);
}

#[test]
fn ctrl_c_at_a_hidden_question_of_opd_leaves_the_terminal_as_it_was() {
    let shop = Shop::founded(&[]);
    let add = shop.opd_command(&["clerk", "add", "kim", "--email", "kim@shop.example"]);
    let mut terminal = types_in_a_shell(&add);
    terminal.interrupts("Password of the clerk: ");
    ends_with_the_terminal_as_it_was(&mut terminal);
    let mut terminal = Terminal::start(&add);
    terminal.answers("Password of the clerk: ", "a clerk's password");
    let shown = terminal.answers("The same again: ", "a clerk's password");
    assert!(!shown.contains("a clerk"), "{shown}");
    terminal.sees("Added the clerk kim");
}

/// After Ctrl-C: what is typed is shown again, and comes line by line.
#[track_caller]
fn ends_with_the_terminal_as_it_was(terminal: &mut Terminal) {
    terminal.sees("ended with 130");
    let modes = terminal.ends();
    assert!(
        modes.contains(" echo ") && modes.contains("icanon"),
        "{modes}"
    );
    assert!(!modes.contains("-icanon"), "{modes}");
}

#[test]
fn errors_are_red_on_a_terminal_unless_no_color_is_set() {
    let po = Po::new(0);
    for (no_color, is_red) in [(None, true), (Some(""), true), (Some("1"), false)] {
        let mut command = interactive(&po, &["items"]);
        command.env_remove("NO_COLOR");
        command.envs(no_color.map(|value| ("NO_COLOR", value)));
        let shown = Terminal::start(&command).ends();
        assert!(shown.contains("no seller is pinned"), "{shown}");
        assert_eq!(
            shown.contains("\u{1b}[31m"),
            is_red,
            "{no_color:?}: {shown}"
        );
    }
}

/// Types a command in a shell, which then tells how it ended and how the terminal is.
fn types_in_a_shell(command: &std::process::Command) -> Terminal {
    let mut shell = std::process::Command::new("sh");
    // The shell gets the signal, too, and goes on.
    let script = r#"stty echo; trap : INT; "$@"; echo "ended with $?"; stty -a"#;
    shell.args(["-c", script, "sh"]).arg(command.get_program());
    shell.args(command.get_args());
    for (name, value) in command.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    Terminal::start(&shell)
}

fn sits_down(po: &Po) -> Terminal {
    types(po, &["127.0.0.1", &po.port()])
}

/// Types a command that then asks for everything.
fn types(po: &Po, arguments: &[&str]) -> Terminal {
    Terminal::start(&interactive(po, arguments))
}

fn interactive(po: &Po, arguments: &[&str]) -> std::process::Command {
    let mut command = po.command(arguments);
    command.env_remove("PO_PASSWORD_FILE");
    command.env_remove("PO_PASSPHRASE_FILE");
    command
}

fn trusts(terminal: &mut Terminal, shop: &Shop) {
    let fingerprint = shop.front().root.fingerprint().to_string();
    let (_, last) = fingerprint.split_at(fingerprint.len() - 8);
    terminal.answers("Type its last 8 characters", last);
}

fn signs_in(terminal: &mut Terminal, password: &str) {
    terminal.answers("ID: ", "acme");
    terminal.answers("Password of acme: ", password);
    terminal.sees("is signed in to shop.example");
}

#[test]
fn a_person_joins_by_an_invite_and_orders() {
    let shop = Shop::open();
    let po = Po::new(shop.port());
    let mut terminal = types(&po, &["join", &shop.invites("acme")]);
    terminal.answers("New password", "a password of my own");
    terminal.answers("The same again: ", "a password of my own");
    terminal.answers("Passphrase for the new key: ", PASSPHRASE);
    terminal.answers("The same again: ", PASSPHRASE);
    let catalogue = terminal.ends();
    assert!(catalogue.contains("WATER"), "{catalogue}");
    assert_eq!(terminal.exit_code(), 0);

    let mut terminal = types(&po, &["order", "WATER=3", "--number", "PO-1"]);
    let table = terminal.answers("and send?", "y");
    assert!(table.contains("45.00"), "{table}");
    terminal.answers("Passphrase of", PASSPHRASE);
    terminal.sees("accepted: PO-1");
    terminal.ends();
    shop.wait_for_state("PO-1", "shipped");
}

#[test]
fn what_is_no_item_is_asked_again_and_no_is_no() {
    let shop = Shop::open();
    shop.sells(&[("Quit", "1.00", 10)]);
    let acme = shop.buyer("acme");
    let po = Po::trusting(&shop);
    po.has_key_enrolled(&shop, "acme", "dsa");
    let mut terminal = sits_down(&po);
    terminal.answers("ID: ", "acme");
    terminal.answers("Password of acme: ", &acme.password);
    terminal.answers("order> ", "UNICORN 1");
    terminal.answers("order> ", "WATER 1.5");
    terminal.answers("order> ", "WATER 1");
    // A name is a name, whatever it means elsewhere.
    terminal.answers("order> ", "Quit 2");
    let chosen = terminal.answers("order> ", "");
    assert!(
        chosen.contains("1 EA WATER") && chosen.contains("2 EA Quit"),
        "{chosen}"
    );
    terminal.answers("Key file: ", "key.pem");
    terminal.answers("Your number for this order", "PO-1");
    terminal.answers("Sign and send?", "n");
    terminal.answers("Another order?", "n");
    terminal.ends();
    assert!(shop.orders().is_empty());
}
