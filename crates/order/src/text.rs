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
    ($(#[$meta:meta])* $name:ident, $check:expr, $schema:tt) => {
        $(#[$meta])*
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

        $crate::text::text_schema!($name, $schema);
    };
}

/// Gives a type written as a JSON string its place in a JSON Schema.
macro_rules! text_schema {
    ($name:ident, $schema:tt) => {
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}

pub(crate) use {checked_text, text_schema};

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
