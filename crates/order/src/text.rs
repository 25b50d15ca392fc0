//! The rules all text obeys before it is signed, stored or shown, and the newtypes that carry them.
//!
//! What a person sees must be what was signed: text is in Unicode normalisation form C and holds no
//! character that is invisible or that reorders what stands around it.

use thiserror::Error;
use unicode_normalization::is_nfc;

/// Why some text is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TextError {
    /// The text has no characters.
    #[error("is empty")]
    Empty,
    /// The text is longer than it may be.
    #[error("is longer than {max_bytes} bytes")]
    TooLong {
        /// The longest the text may be, in bytes of UTF-8.
        max_bytes: usize,
    },
    /// The text is not in Unicode normalisation form C.
    #[error("is not in Unicode normalisation form C")]
    NotNormal,
    /// The text holds a control, bidirectional or zero-width character.
    #[error("holds U+{:04X}, a control, bidirectional or zero-width character", u32::from(*.0))]
    Invisible(char),
    /// The text does not have the form its kind demands.
    #[error("is not {0}")]
    Form(&'static str),
}

/// Checks free text: 1 to `max_bytes` bytes on one line.
pub(crate) fn one_line(text: &str, max_bytes: usize) -> Result<(), TextError> {
    visible(text, max_bytes, false)
}

/// Checks free text that may have several lines.
pub(crate) fn several_lines(text: &str, max_bytes: usize) -> Result<(), TextError> {
    visible(text, max_bytes, true)
}

/// Checks text of a fixed alphabet, which describes itself as `form` when it does not fit.
pub(crate) fn formed(
    text: &str,
    max_bytes: usize,
    fits: bool,
    form: &'static str,
) -> Result<(), TextError> {
    sized(text, max_bytes)?;
    if fits {
        Ok(())
    } else {
        Err(TextError::Form(form))
    }
}

fn sized(text: &str, max_bytes: usize) -> Result<(), TextError> {
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.len() > max_bytes {
        return Err(TextError::TooLong { max_bytes });
    }
    Ok(())
}

fn visible(text: &str, max_bytes: usize, newlines: bool) -> Result<(), TextError> {
    sized(text, max_bytes)?;
    let unwanted = |c: char| is_invisible(c) && !(newlines && c == '\n');
    if let Some(found) = text.chars().find(|&c| unwanted(c)) {
        return Err(TextError::Invisible(found));
    }
    if text.is_ascii() || is_nfc(text) {
        Ok(())
    } else {
        Err(TextError::NotNormal)
    }
}

/// Whether a character is a control, reorders its neighbours or takes no room of its own.
///
/// Variation selectors stay allowed: they choose between two visible forms of one character.
fn is_invisible(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{180E}' | '\u{FEFF}'   // soft hyphen, joiners, byte order mark
            | '\u{061C}' | '\u{200E}' | '\u{200F}'              // direction marks
            | '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2064}' // zero width
            | '\u{2028}' | '\u{2029}'                           // line and paragraph separators
            | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{206F}' // embeddings, overrides, isolates
            | '\u{FFF9}'..='\u{FFFB}'                           // interlinear annotation
            | '\u{E0000}'..='\u{E0FFF}') // tags and their unassigned neighbours
}

/// Defines a newtype over text that is checked wherever it comes in: from a string, from JSON.
macro_rules! checked_text {
    ($(#[doc = $doc:literal])* $name:ident, $check:expr, $schema:tt) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::text::TextError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let check: fn(&str) -> Result<(), Self::Err> = $check;
                check(text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::text::TextError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                let check: fn(&str) -> Result<(), Self::Error> = $check;
                check(&text)?;
                Ok(Self(text))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        $crate::text::schema!($name, concat!($($doc),*), $schema);
    };
}

/// Gives a type that checks itself its place in a JSON Schema.
macro_rules! schema {
    ($name:ident, $description:expr, $schema:tt) => {
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut schema = schemars::json_schema!($schema);
                schema.insert("description".to_owned(), $description.trim().into());
                schema
            }
        }
    };
}

pub(crate) use {checked_text, schema};

checked_text!(
    /// The name of an item, a person or a company: one line of at most 256 bytes.
    Name,
    |text| one_line(text, 256),
    { "type": "string", "minLength": 1, "maxLength": 256 }
);

checked_text!(
    /// What someone wants to say: at most 2,000 bytes, on several lines if need be.
    Note,
    |text| several_lines(text, 2_000),
    { "type": "string", "minLength": 1, "maxLength": 2000 }
);

checked_text!(
    /// Any other text: one line of at most 200 bytes.
    ShortText,
    |text| one_line(text, 200),
    { "type": "string", "minLength": 1, "maxLength": 200 }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_neither_empty_nor_too_long() {
        assert_eq!("".parse::<ShortText>(), Err(TextError::Empty));
        assert!("a".repeat(200).parse::<ShortText>().is_ok());
        assert_eq!(
            "ä".repeat(101).parse::<ShortText>(),
            Err(TextError::TooLong { max_bytes: 200 })
        );
        assert!("a".repeat(256).parse::<Name>().is_ok());
        assert!("a".repeat(257).parse::<Name>().is_err());
        assert!("a".repeat(2_000).parse::<Note>().is_ok());
        assert!("a".repeat(2_001).parse::<Note>().is_err());
    }

    #[test]
    fn text_is_in_normalisation_form_c() {
        assert!("Größe, 日本, نص".parse::<Name>().is_ok());
        for wrong in ["Gro\u{308}ße", "\u{2126}", "\u{1100}\u{1161}"] {
            assert_eq!(
                wrong.parse::<Name>(),
                Err(TextError::NotNormal),
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn nothing_invisible_is_taken() {
        let controls = ['\0', '\t', '\r', '\u{1b}', '\u{7f}', '\u{85}'];
        let bidirectional = [
            '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}',
        ];
        let zero_width = [
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{2060}',
            '\u{feff}',
            '\u{ad}',
            '\u{e0041}',
        ];
        let separators = ['\u{2028}', '\u{2029}'];
        for c in controls
            .into_iter()
            .chain(bidirectional)
            .chain(zero_width)
            .chain(separators)
        {
            let text = format!("a{c}b");
            assert_eq!(
                text.parse::<Name>(),
                Err(TextError::Invisible(c)),
                "{text:?}"
            );
            assert_eq!(
                text.parse::<Note>(),
                Err(TextError::Invisible(c)),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_newline_is_for_notes_only() {
        assert!("ring\ntwice".parse::<Note>().is_ok());
        assert_eq!(
            "ring\ntwice".parse::<Name>(),
            Err(TextError::Invisible('\n'))
        );
    }

    #[test]
    fn json_is_checked_like_any_other_text() {
        assert!(serde_json::from_str::<Name>("\"Water\"").is_ok());
        assert!(serde_json::from_str::<Name>("\"a\\u200bb\"").is_err());
    }
}
