//! One event of every kind, made up: what previews show and tests go through.

use super::event::MailEvent;

const SAMPLES: &str = include_str!("samples.json");

/// The samples make no sense.
#[derive(Debug, thiserror::Error)]
#[error("the sample letters make no sense")]
pub struct SampleError(#[from] serde_json::Error);

/// One event of every kind.
pub fn samples() -> Result<Vec<MailEvent>, SampleError> {
    Ok(serde_json::from_str(SAMPLES)?)
}

#[cfg(test)]
mod tests {
    use super::super::kinds::LETTERS;
    use super::*;

    #[test]
    fn there_is_one_of_every_kind() {
        let kinds: Vec<&str> = samples().unwrap().iter().map(MailEvent::kind).collect();
        let expected: Vec<&str> = LETTERS.iter().map(|kind| kind.name).collect();
        assert_eq!(kinds, expected);
    }
}
