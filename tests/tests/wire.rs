//! Segments of any size: a whole session works through a wire that carries a byte at a time.

use countersign_tests::po::Po;
use countersign_tests::shop::Shop;
use countersign_tests::wire::Wire;

#[test]
fn a_whole_session_works_a_byte_at_a_time() {
    let shop = Shop::open();
    let wire = Wire::dribbling_to(shop.port());
    let acme = shop.buyer("acme");
    let po = Po::trusting_through(&shop, wire.port());
    po.write("password", &acme.password);
    po.has_key_enrolled(&shop, "acme", "dsa");
    po.signs_in("acme");
    assert!(po.run(&["items"]).ok().text().contains("WATER"));
    let placed = po
        .orders(&["WATER=3", "--number", "PO-1", "--key", "key.pem"])
        .ok()
        .json();
    assert_eq!(placed["decision"], "accepted", "{placed}");
    shop.wait_for_state("PO-1", "shipped");
    assert!(po.run(&["status", "PO-1"]).ok().text().contains("shipped"));
}
