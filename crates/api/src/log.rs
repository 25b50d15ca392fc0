//! The transparency log, as answers speak of it.

use countersign_transparency::{Hash, InclusionProof, ProofLengthError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a statement is in its log, and what proves it under the checkpoint beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeafProof {
    /// The number of the leaf, counted from zero.
    pub leaf: u64,
    /// The hashes from the leaf to the root, lowest first, in base64.
    #[serde(with = "hashes")]
    #[schemars(with = "Vec<String>")]
    pub hashes: Vec<Hash>,
}

impl LeafProof {
    /// The proof of a leaf.
    pub fn of(leaf: u64, proof: &InclusionProof) -> Self {
        Self {
            leaf,
            hashes: proof.hashes().to_vec(),
        }
    }

    /// The proof, unless it is longer than any can be. It proves nothing before it is verified.
    pub fn inclusion(&self) -> Result<InclusionProof, ProofLengthError> {
        InclusionProof::from_hashes(self.hashes.clone())
    }
}

/// Hashes as base64 text, which is read in the one form it is written in.
pub(crate) mod hashes {
    use countersign_transparency::Hash;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        hashes: &[Hash],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(hashes.iter().map(Hash::to_string))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Hash>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let hashes = texts.iter().map(|text| text.parse());
        hashes.collect::<Result<_, _>>().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_read_as_it_was_written_and_in_no_other_form() {
        let proof = LeafProof {
            leaf: 7,
            hashes: vec![Hash::EMPTY_ROOT],
        };
        let text = serde_json::to_string(&proof).unwrap();
        assert_eq!(
            text,
            r#"{"leaf":7,"hashes":["47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="]}"#
        );
        assert_eq!(serde_json::from_str::<LeafProof>(&text).unwrap(), proof);
        for wrong in [
            text.replace("FU=", "FV="),
            text.replace("FU=", "FU"),
            text.replace("\"leaf\":7", "\"leaf\":7,\"leaf\":7"),
            text.replace("\"leaf\":7", "\"leaf\":7,\"more\":1"),
        ] {
            assert!(
                serde_json::from_str::<LeafProof>(&wrong).is_err(),
                "{wrong}"
            );
        }
    }
}
