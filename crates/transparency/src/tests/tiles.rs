//! Proofs made from tiles, and tiles that are believed or not.

use proptest::prelude::*;

use crate::testing::{Log, Reference, entries};
use crate::{
    BundleId, EntryBundle, Hash, TREE_MAX_SIZE, TileId, Tiles, TilesError, Tree,
    tiles_for_consistency, tiles_for_inclusion, tiles_for_tree, tiles_to_verify,
};

/// Large enough for two full levels of tiles and a third.
const LARGE: u64 = 70_000;

fn every_tile(size: u64) -> Vec<TileId> {
    (0..8)
        .flat_map(|level| (0..).map_while(move |index| TileId::of_tree(size, level, index)))
        .collect()
}

#[test]
fn every_proof_of_every_small_tree_is_made_from_its_tiles() {
    let reference = Reference::of_size(300);
    let log = Log::of_size(300);
    for size in 1..=300 {
        let tiles = log.tiles(&every_tile(size));
        for leaf in 0..size {
            let proof = tiles.inclusion_proof(leaf, size).unwrap();
            assert_eq!(proof.hashes(), reference.inclusion(leaf, size));
            let old = leaf + 1;
            let proof = tiles.consistency_proof(old, size).unwrap();
            assert_eq!(proof.hashes(), reference.consistency(old, size));
        }
    }
}

#[test]
fn the_tiles_planned_for_a_proof_are_enough() {
    let log = Log::of_size(300);
    for size in (1..40).chain(253..260).chain([300]) {
        for leaf in 0..size {
            let tiles = log.tiles(&tiles_for_inclusion(leaf, size));
            tiles.inclusion_proof(leaf, size).unwrap();
            let tiles = log.tiles(&tiles_for_consistency(leaf + 1, size));
            tiles.consistency_proof(leaf + 1, size).unwrap();
        }
    }
}

#[test]
fn every_tree_is_taken_up_from_its_partial_tiles() {
    let log = Log::of_size(600);
    let mut expected = Tree::empty();
    for size in 0..=600 {
        let planned = tiles_for_tree(size);
        assert!(planned.iter().all(|tile| !tile.is_full()));
        assert_eq!(log.tiles(&planned).tree(size), Ok(expected.clone()));
        expected.append(&entries(size..size + 1)).unwrap();
    }
}

/// Checks that `make` succeeds with the planned tiles and misses each of them.
fn every_tile_is_needed(planned: &[TileId], make: impl Fn(&Tiles) -> Option<TilesError>) {
    let log = Log::of_size(LARGE);
    assert!(planned.len() > 1);
    assert_eq!(make(&log.tiles(planned)), None);
    for missing in planned {
        let rest: Vec<TileId> = planned
            .iter()
            .copied()
            .filter(|tile| tile != missing)
            .collect();
        assert_eq!(make(&log.tiles(&rest)), Some(TilesError::Missing(*missing)));
    }
}

#[test]
fn one_planned_tile_less_is_a_missing_tile() {
    every_tile_is_needed(&tiles_for_inclusion(66_000, LARGE), |tiles| {
        tiles.inclusion_proof(66_000, LARGE).err()
    });
    every_tile_is_needed(&tiles_for_consistency(1_000, LARGE), |tiles| {
        tiles.consistency_proof(1_000, LARGE).err()
    });
    every_tile_is_needed(&tiles_for_tree(LARGE), |tiles| tiles.tree(LARGE).err());
}

#[test]
fn nothing_is_planned_or_made_where_there_is_no_proof() {
    let tiles = Log::of_size(300).tiles(&every_tile(300));
    for (leaf, size) in [(0, 0), (300, 300), (u64::MAX, 300), (0, TREE_MAX_SIZE + 1)] {
        assert_eq!(tiles_for_inclusion(leaf, size), []);
        assert_eq!(
            tiles.inclusion_proof(leaf, size),
            Err(TilesError::OutOfRange)
        );
    }
    for (old, new) in [(0, 0), (0, 300), (300, 299), (1, u64::MAX)] {
        assert_eq!(tiles_for_consistency(old, new), []);
        assert_eq!(
            tiles.consistency_proof(old, new),
            Err(TilesError::OutOfRange)
        );
    }
    assert_eq!(tiles.tree(u64::MAX), Err(TilesError::OutOfRange));
}

#[test]
fn a_full_tile_stands_in_for_a_partial_one_that_is_gone() {
    let log = Log::of_size(600);
    let mut tiles = Tiles::new();
    for tile in tiles_to_verify(300, &tiles_for_inclusion(290, 300)) {
        let contents = if tile.level() == 0 {
            log.tile(tile.full())
        } else {
            log.tile(tile)
        };
        tiles.insert(tile, &contents).unwrap();
    }
    let root = Reference::of_size(300).root(300);
    let verified = tiles.verify(300, &root).unwrap();
    let proof = verified.tiles().inclusion_proof(290, 300).unwrap();
    assert_eq!(proof.hashes(), Reference::of_size(300).inclusion(290, 300));
}

#[test]
fn contents_of_another_length_are_refused() {
    let tile = TileId::of_tree(300, 0, 1).unwrap();
    let contents = vec![0; 8_192];
    for length in [0, 1, 32, 44 * 32 - 1, 44 * 32 + 1, 45 * 32, 255 * 32, 8_191] {
        let error = Tiles::new().insert(tile, &contents[..length]).unwrap_err();
        assert_eq!((error.tile, error.found_bytes), (tile, length));
    }
    Tiles::new().insert(tile, &contents[..44 * 32]).unwrap();
    Tiles::new().insert(tile, &contents).unwrap();
}

#[test]
fn all_tiles_of_a_tree_lead_to_its_root_and_to_no_other() {
    for size in [
        1, 2, 255, 256, 257, 300, 511, 512, 513, 65_535, 65_536, 65_537, LARGE,
    ] {
        let log = Log::of_size(size);
        let tiles = log.tiles(&every_tile(size));
        tiles.clone().verify(size, &log.tree.root()).unwrap();
        let answer = tiles.verify(size, &Hash::EMPTY_ROOT);
        assert_eq!(answer.unwrap_err(), TilesError::Root);
    }
    Tiles::new().verify(0, &Hash::EMPTY_ROOT).unwrap();
}

#[test]
fn a_planned_set_is_believed_and_lacks_nothing() {
    let log = Log::of_size(LARGE);
    let root = log.tree.root();
    for leaf in [0, 255, 256, 65_535, 65_536, 69_887, 69_888, LARGE - 1] {
        let planned = tiles_to_verify(LARGE, &tiles_for_inclusion(leaf, LARGE));
        log.tiles(&planned).verify(LARGE, &root).unwrap();
    }
    let wanted = [TileId::of_tree(LARGE, 0, 7).unwrap()];
    let planned = tiles_to_verify(LARGE, &wanted);
    for missing in &planned {
        let rest: Vec<TileId> = planned
            .iter()
            .copied()
            .filter(|tile| tile != missing)
            .collect();
        let answer = log.tiles(&rest).verify(LARGE, &root);
        if *missing == wanted[0] {
            answer.unwrap();
        } else {
            assert_eq!(answer.unwrap_err(), TilesError::Missing(*missing));
        }
    }
}

#[test]
fn one_wrong_bit_in_any_tile_is_found() {
    let log = Log::of_size(LARGE);
    let root = log.tree.root();
    let planned = tiles_to_verify(LARGE, &tiles_for_inclusion(300, LARGE));
    assert!(planned.iter().any(TileId::is_full));
    for tile in &planned {
        for at in [0, 31, 32, tile.size_bytes() - 1] {
            let mut tiles = log.tiles(&planned);
            let mut contents = log.tile(*tile);
            contents[at % tile.size_bytes()] ^= 1;
            tiles.insert(*tile, &contents).unwrap();
            let error = tiles.verify(LARGE, &root).unwrap_err();
            assert!(
                matches!(error, TilesError::Root | TilesError::Tile(_)),
                "{error:?}"
            );
        }
    }
}

#[test]
fn a_tile_of_a_later_or_an_earlier_tree_is_not_believed() {
    let log = Log::of_size(600);
    let root = Reference::of_size(300).root(300);
    let edge = tiles_for_tree(300);
    for other in [
        TileId::of_tree(600, 0, 1).unwrap(),
        TileId::of_tree(600, 0, 2).unwrap(),
        TileId::of_tree(200, 0, 0).unwrap(),
        TileId::of_tree(600, 1, 0).unwrap(),
    ] {
        let mut tiles = log.tiles(&edge);
        tiles.insert(other, &log.tile(other)).unwrap();
        assert!(tiles.verify(300, &root).is_err(), "{other}");
    }
}

#[test]
fn entries_are_believed_where_their_tiles_are() {
    let log = Log::of_size(300);
    let planned = tiles_to_verify(300, &[TileId::of_tree(300, 0, 1).unwrap()]);
    let tiles = log.tiles(&planned).verify(300, &log.tree.root()).unwrap();
    let id = BundleId::of_tree(300, 1).unwrap();
    let bundle = EntryBundle::new(id, entries(256..300)).unwrap();
    tiles.verify_entries(&bundle).unwrap();

    let mut wrong = entries(256..300);
    wrong.swap(3, 4);
    let bundle = EntryBundle::new(id, wrong).unwrap();
    assert_eq!(tiles.verify_entries(&bundle), Err(TilesError::Entry(259)));

    let other = EntryBundle::new(BundleId::of_tree(300, 0).unwrap(), entries(0..256)).unwrap();
    let missing = TileId::of_tree(300, 0, 0).unwrap();
    assert_eq!(
        tiles.verify_entries(&other),
        Err(TilesError::Missing(missing))
    );

    let later = EntryBundle::new(BundleId::of_tree(301, 1).unwrap(), entries(256..301)).unwrap();
    assert_eq!(tiles.verify_entries(&later), Err(TilesError::OutOfRange));
    assert_eq!(tiles.leaf_hash(300), Err(TilesError::OutOfRange));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn proofs_of_large_trees_are_made_from_tiles(
        size in 60_000..LARGE,
        places in prop::collection::vec(any::<prop::sample::Index>(), 32),
    ) {
        let reference = Reference::of_size(size);
        let log = Log::of_size(size);
        for place in places {
            let leaf = u64::try_from(place.index(usize::try_from(size).unwrap())).unwrap();
            let tiles = log.tiles(&tiles_for_inclusion(leaf, size));
            let proof = tiles.inclusion_proof(leaf, size).unwrap();
            prop_assert_eq!(proof.hashes(), reference.inclusion(leaf, size));
            let tiles = log.tiles(&tiles_for_consistency(leaf + 1, size));
            let proof = tiles.consistency_proof(leaf + 1, size).unwrap();
            prop_assert_eq!(proof.hashes(), reference.consistency(leaf + 1, size));
        }
    }
}
