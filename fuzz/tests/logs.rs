//! What a log and its witnesses publish: notes, checkpoints, requests, tiles, bundles and proofs.
#![expect(clippy::unwrap_used, reason = "helpers of tests end at the spot too")]

use countersign_fuzz::Campaign;
use countersign_transparency::{
    AddCheckpoint, Answer, BundleId, Checkpoint, ConsistencyProof, Entry, EntryBundle, Hash,
    InclusionProof, KeyName, Note, SignedCheckpoint, SigningKey, TileId, Tiles, Tree, VerifyingKey,
    WitnessKey, cosign,
};

fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32]).unwrap()
}

fn name() -> KeyName {
    "shop.example/log".parse().unwrap()
}

fn entry(number: u8) -> Entry {
    Entry::from_bytes([number; 32])
}

/// A checkpoint, signed by its log and cosigned by a witness.
fn checkpoint() -> SignedCheckpoint {
    let root = entry(1).leaf_hash();
    let checkpoint = Checkpoint::new(name(), 1, root).unwrap();
    let mut signed = checkpoint.sign(&key()).unwrap();
    let witness = SigningKey::from_seed(&[8; 32]).unwrap();
    let line = cosign(
        &checkpoint,
        &"witness.example".parse().unwrap(),
        &witness,
        1_795_000_000,
    );
    signed.add(line.unwrap()).unwrap();
    signed
}

#[test]
fn notes() {
    let verifier = [VerifyingKey::new(name(), key().public_key())];
    let seed = checkpoint().to_string();
    let text = seed.split("\n\n").next().unwrap().to_owned();
    let words = [
        "\n",
        "\n\n",
        "\u{2014} ",
        "\u{2014} shop.example/log ",
        "\u{2014} witness.example ",
        "=",
        "AAAA",
        "0",
        "18446744073709551615",
        "9223372036854775807",
        "+1",
        "-1",
        "\r\n",
        "\0",
    ];
    Campaign::new("notes", vec![seed.into_bytes()])
        .words(&words)
        .run(|input| {
            if let Ok(note) = Note::parse(input) {
                let written = note.to_string();
                assert_eq!(written.as_bytes(), input, "a note has one form");
                let _verdict = note.verify(&verifier);
            }
            if let Ok(signed) = SignedCheckpoint::parse(input) {
                assert_eq!(signed.to_string().as_bytes(), input);
                if let Ok(verified) = signed.verify(&verifier) {
                    assert!(
                        verified.checkpoint().to_string().trim_end() == text.trim_end(),
                        "a checkpoint nobody signed"
                    );
                }
            }
        });
}

#[test]
fn witnesses() {
    let proof = ConsistencyProof::from_hashes(vec![Hash::from_bytes([3; 32])]).unwrap();
    let request = AddCheckpoint {
        old_size: 1,
        proof,
        checkpoint: checkpoint(),
    };
    let cosignature = checkpoint().to_string();
    let lines = cosignature.split("\n\n").nth(1).unwrap();
    let seeds = [request.to_string(), lines.to_owned(), "123\n".to_owned()];
    Campaign::new("witnesses", seeds.map(String::into_bytes).to_vec())
        .words(&[
            "old ",
            "\n\n",
            "\n",
            "\u{2014} ",
            "18446744073709551616",
            "00",
            "A",
            "=",
        ])
        .run(|input| {
            if let Ok(request) = AddCheckpoint::parse(input) {
                assert_eq!(
                    request.to_string().as_bytes(),
                    input,
                    "a request has one form"
                );
            }
            for status in [200, 400, 403, 404, 409, 422, 500] {
                if let Ok(answer) = Answer::parse(status, input) {
                    let again = Answer::parse(answer.status(), answer.body().as_bytes());
                    assert_eq!(again.unwrap(), answer);
                }
            }
        });
}

#[test]
fn names_keys_and_paths() {
    let verifier = VerifyingKey::new(name(), key().public_key());
    let witness = WitnessKey::new(name(), key().public_key());
    let seeds = [
        verifier.to_string(),
        witness.to_string(),
        "tile/0/x001/x234/067.p/12".to_owned(),
        "tile/entries/x001/067".to_owned(),
    ];
    Campaign::new(
        "names, keys and paths",
        seeds.map(String::into_bytes).to_vec(),
    )
    .words(&[
        "tile/", "entries/", "x", "000", "999", ".p/", "255", "256", "+", "/", "0",
    ])
    .run(|input| {
        let Ok(text) = str::from_utf8(input) else {
            return;
        };
        let is_one_form = |written: Option<String>| {
            assert!(written.is_none_or(|written| written == text), "{text}");
        };
        is_one_form(text.parse::<VerifyingKey>().ok().map(|key| key.to_string()));
        is_one_form(text.parse::<WitnessKey>().ok().map(|key| key.to_string()));
        is_one_form(text.parse::<KeyName>().ok().map(|name| name.to_string()));
        is_one_form(text.parse::<TileId>().ok().map(|tile| tile.to_string()));
        is_one_form(
            text.parse::<BundleId>()
                .ok()
                .map(|bundle| bundle.to_string()),
        );
        is_one_form(text.parse::<Hash>().ok().map(|hash| hash.to_string()));
    });
}

/// The hashes that stand one after the other in some octets.
fn hashes(octets: &[u8]) -> Vec<Hash> {
    octets
        .chunks_exact(32)
        .map(|chunk| Hash::from_bytes(chunk.try_into().unwrap()))
        .collect()
}

#[test]
fn proofs_tiles_and_bundles() {
    // A tree of seven, and the proof of its sixth leaf.
    let leaves: Vec<Hash> = (0..7).map(|number| entry(number).leaf_hash()).collect();
    let octets =
        |hashes: &[Hash]| -> Vec<u8> { hashes.iter().flat_map(|hash| *hash.as_bytes()).collect() };
    let tile = TileId::of_tree(7, 0, 0).unwrap();
    let mut tiles = Tiles::new();
    tiles.insert(tile, &octets(&leaves)).unwrap();
    let tree: Tree = tiles.tree(7).unwrap();
    let root = tree.root();
    let inclusion = tiles.inclusion_proof(5, 7).unwrap();
    let consistency = tiles.consistency_proof(3, 7).unwrap();
    let old_root = tiles.tree(3).unwrap().root();
    let seeds = vec![
        [&[5, 7][..], &octets(inclusion.hashes())].concat(),
        [&[3, 7][..], &octets(consistency.hashes())].concat(),
        [&[0, 7][..], &octets(&leaves)].concat(),
    ];
    Campaign::new("proofs, tiles and bundles", seeds).run(|input| {
        let [place, size, rest @ ..] = input else {
            return;
        };
        let (place, size) = (u64::from(*place), u64::from(*size));
        if let Ok(proof) = InclusionProof::from_hashes(hashes(rest))
            && proof.verify(place, size, &entry(5), &root).is_ok()
        {
            assert_eq!(
                proof.hashes(),
                inclusion.hashes(),
                "another proof of the leaf"
            );
            // Trees of other sizes have leaves with a path of this shape; a checkpoint states its size.
            assert!(size != 7 || place == 5, "another place: {place} of {size}");
        }
        if let Ok(proof) = ConsistencyProof::from_hashes(hashes(rest))
            && proof.verify(place, &old_root, size, &root).is_ok()
        {
            assert_eq!(
                proof.hashes(),
                consistency.hashes(),
                "another proof of the past"
            );
        }
        if let Some(id) = TileId::of_tree(size, 0, place) {
            let mut tiles = Tiles::new();
            if tiles.insert(id, rest).is_ok() {
                // The full tile will do for a partial one.
                let lengths = [id.size_bytes(), id.full().size_bytes()];
                assert!(lengths.contains(&rest.len()), "{} octets", rest.len());
                let _tree = tiles.tree(size);
                let _verified = tiles.verify(size, &root);
            }
        }
        if let Some(id) = BundleId::of_tree(size, place)
            && let Ok(bundle) = EntryBundle::parse(id, rest)
        {
            assert_eq!(bundle.to_bytes(), rest);
        }
    });
}
