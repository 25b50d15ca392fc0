//! Which tiles there are, how they are called, and what a bundle holds.

use proptest::prelude::*;

use crate::testing::{Log, entries, entry};
use crate::{BundleError, BundleId, Entry, EntryBundle, PathError, TREE_MAX_SIZE, TileId};

fn tile(size: u64, level: u8, index: u64) -> TileId {
    TileId::of_tree(size, level, index).unwrap()
}

#[test]
fn a_tree_of_70_000_leaves_has_the_tiles_of_the_specification() {
    // "A tree of size 70,000 will be represented by 273 full level 0 tiles, one partial level 0 tile
    // of width 112, one full level 1 tile, one partial level 1 tile of width 17, and one partial
    // level 2 tile of width 1."
    let size = 70_000;
    let widths = |level| {
        (0..)
            .map_while(|index| TileId::of_tree(size, level, index))
            .map(|tile| tile.width())
            .collect::<Vec<_>>()
    };
    assert_eq!(widths(0), [vec![256; 273], vec![112]].concat());
    assert_eq!(widths(1), [256, 17]);
    assert_eq!(widths(2), [1]);
    assert_eq!(widths(3), []);
}

#[test]
fn a_tree_of_256_leaves_has_a_full_tile_and_a_partial_one_above() {
    assert!(tile(256, 0, 0).is_full());
    assert_eq!(tile(256, 1, 0).width(), 1);
    assert_eq!(TileId::of_tree(256, 0, 1), None);
    assert_eq!(TileId::of_tree(255, 1, 0), None);
    assert_eq!(TileId::of_tree(0, 0, 0), None);
}

#[test]
fn paths_are_written_as_the_specification_shows() {
    for (tile, path) in [
        (tile(256, 0, 0), "tile/0/000"),
        (tile(70_000, 0, 273), "tile/0/273.p/112"),
        (tile(70_000, 2, 0), "tile/2/000.p/1"),
        (tile(1_000 * 256 + 7, 0, 1_000), "tile/0/x001/000.p/7"),
        (tile(1_234_068 * 256, 0, 1_234_067), "tile/0/x001/x234/067"),
        (
            tile(TREE_MAX_SIZE, 0, (1 << 54) - 1),
            "tile/0/x018/x014/x398/x509/x481/983",
        ),
        (tile(TREE_MAX_SIZE, 7, 0), "tile/7/000.p/64"),
    ] {
        assert_eq!(tile.to_string(), path);
        assert_eq!(path.parse(), Ok(tile));
    }
    let bundle = BundleId::of_tree(70_000, 273).unwrap();
    assert_eq!(bundle.to_string(), "tile/entries/273.p/112");
    assert_eq!("tile/entries/273.p/112".parse(), Ok(bundle));
}

#[test]
fn a_path_that_is_written_otherwise_is_none() {
    for path in [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000",
        "tile/0/001/002",
        "tile/0/x001/x002",
        "tile/0/x000/001",
        "tile/0/x000/x001/002",
        "tile/0/X001/002",
        "tile/0/x01/002",
        "tile/0/x0001/002",
        "tile/0/x001//002",
        "tile/0/+01",
        "tile/0/-01",
        "tile/0/ 01",
        "tile/0/\u{0661}01",
        "tile/00/000",
        "tile/+0/000",
        "tile/-1/000",
        "tile/64/000",
        "tile/256/000",
        "tile/entries/000",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/0/000p/1",
        "tile/0/.p/1",
        "tile/0/../000",
        "tile/0/x018/x014/x398/x509/x481/984",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/8/000.p/1",
        "tile/63/000.p/1",
    ] {
        assert_eq!(path.parse::<TileId>(), Err(PathError), "{path:?}");
        let of_bundle = path.replacen("tile/0/", "tile/entries/", 1);
        if of_bundle != path {
            assert_eq!(
                of_bundle.parse::<BundleId>(),
                Err(PathError),
                "{of_bundle:?}"
            );
        }
    }
    assert_eq!("tile/0/000".parse::<BundleId>(), Err(PathError));
}

#[test]
fn a_tile_exists_from_the_size_on_that_fills_it_so_far() {
    let partial: TileId = "tile/0/001.p/3".parse().unwrap();
    assert!(!partial.exists_in(258));
    assert!(partial.exists_in(259));
    assert!(partial.exists_in(10_000));
    assert!(!partial.full().exists_in(511));
    assert!(partial.full().exists_in(512));
    let above: TileId = "tile/1/000.p/2".parse().unwrap();
    assert!(!above.exists_in(511));
    assert!(above.exists_in(512));
    let bundle: BundleId = "tile/entries/001.p/3".parse().unwrap();
    assert!(!bundle.exists_in(258));
    assert!(bundle.exists_in(259));
}

#[test]
fn a_bundle_holds_entries_of_32_bytes_behind_their_length() {
    let id: BundleId = "tile/entries/001.p/2".parse().unwrap();
    let bundle = EntryBundle::new(id, entries(256..258)).unwrap();
    let bytes = bundle.to_bytes();
    assert_eq!(bytes.len(), id.size_bytes());
    assert_eq!(bytes.len(), 68);
    assert_eq!(bytes[..2], [0x00, 0x20]);
    assert_eq!(bytes[2..34], *entry(256).as_bytes());
    assert_eq!(EntryBundle::parse(id, &bytes), Ok(bundle));
}

#[test]
fn a_bundle_of_another_shape_is_refused() {
    let id: BundleId = "tile/entries/001.p/2".parse().unwrap();
    let bytes = EntryBundle::new(id, entries(256..258)).unwrap().to_bytes();
    for length in 0..bytes.len() {
        assert_eq!(EntryBundle::parse(id, &bytes[..length]), Err(BundleError));
    }
    assert_eq!(
        EntryBundle::parse(id, &[&bytes[..], &[0]].concat()),
        Err(BundleError)
    );
    assert_eq!(EntryBundle::parse(id, &bytes.repeat(2)), Err(BundleError));
    for (at, value) in [(0, 1), (1, 0x1f), (1, 0x21), (34, 0xff), (35, 0x1f)] {
        let mut wrong = bytes.clone();
        wrong[at] = value;
        assert_eq!(EntryBundle::parse(id, &wrong), Err(BundleError), "{at}");
    }
    assert_eq!(EntryBundle::new(id, entries(256..257)), Err(BundleError));
    assert_eq!(EntryBundle::new(id, entries(256..259)), Err(BundleError));
}

#[test]
fn the_lengths_of_contents_are_known_before_they_are_fetched() {
    let log = Log::of_size(300);
    for tile in crate::tiles_for_tree(300) {
        assert_eq!(log.tile(tile).len(), tile.size_bytes());
    }
    assert_eq!(tile(256, 0, 0).size_bytes(), 8_192);
}

proptest! {
    #[test]
    fn every_tile_is_read_as_it_is_written(
        size in 1..=TREE_MAX_SIZE,
        level in 0_u8..8,
        index in any::<prop::sample::Index>(),
    ) {
        let row = size >> (8 * level);
        prop_assume!(row > 0);
        let tiles = usize::try_from(row.div_ceil(256)).unwrap();
        let index = u64::try_from(index.index(tiles)).unwrap();
        let tile = tile(size, level, index);
        prop_assert_eq!(tile.to_string().parse(), Ok(tile));
        prop_assert!(tile.exists_in(size));
        let bundle = BundleId::of_tree(size, index).unwrap();
        prop_assert_eq!(bundle.to_string().parse(), Ok(bundle));
    }

    #[test]
    fn a_path_that_is_read_is_written_the_same(path in "tile/([0-9]{1,2}|entries)/(x[0-9]{3}/){0,3}[0-9]{3}(\\.p/[0-9]{1,3})?") {
        if let Ok(tile) = path.parse::<TileId>() {
            prop_assert_eq!(tile.to_string(), &*path);
        }
        if let Ok(bundle) = path.parse::<BundleId>() {
            prop_assert_eq!(bundle.to_string(), &*path);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(path in ".*", bytes in any::<Vec<u8>>()) {
        let parsed = path.parse::<TileId>();
        prop_assert!(parsed.is_err() || parsed.unwrap().to_string() == path);
        let id: BundleId = "tile/entries/001.p/2".parse().unwrap();
        prop_assert!(EntryBundle::parse(id, &bytes).is_err());
    }

    #[test]
    fn a_bundle_is_read_as_it_is_written(raw in prop::collection::vec(any::<[u8; 32]>(), 1..=256)) {
        let entries: Vec<Entry> = raw.into_iter().map(Entry::from_bytes).collect();
        let id = BundleId::of_tree(u64::try_from(entries.len()).unwrap(), 0).unwrap();
        let bundle = EntryBundle::new(id, entries).unwrap();
        prop_assert_eq!(EntryBundle::parse(id, &bundle.to_bytes()), Ok(bundle));
    }
}
