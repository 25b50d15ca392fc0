//! Signed notes: a text, and lines below it that sign it ([C2SP signed-note]).
//!
//! ```text
//! text, of any number of lines
//!
//! — <key name> <base64 of key ID and signature>
//! ```
//!
//! [C2SP signed-note]: https://c2sp.org/signed-note

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::{NoteError, NoteSignError, NoteVerifyError};
use crate::key::{KeyId, KeyName, SigningKey, VerifyingKey};

/// The longest note in bytes, signatures included.
pub const NOTE_MAX_BYTES: usize = 1 << 20;

/// The longest text of a note in bytes.
pub const NOTE_TEXT_MAX_BYTES: usize = 64 << 10;

/// The most signatures under a note.
pub const MAX_SIGNATURES: usize = 100;

/// What a signature line begins with: an em dash and a space.
const LINE_START: &str = "\u{2014} ";

/// A note as it was received or as it was made: the form is right, the signatures are not checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// Reads a note.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_MAX_BYTES {
            return Err(NoteError::TooLong);
        }
        let note = str::from_utf8(bytes).map_err(|_| NoteError::Text)?;
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Unsigned)?;
        let text = checked_text(format!("{text}\n"))?;
        let signatures = parse_signatures(lines)?;
        Ok(Self { text, signatures })
    }

    /// Signs a text, which ends with a newline, under the name of the key.
    pub fn sign(text: &str, name: &KeyName, key: &SigningKey) -> Result<Self, NoteSignError> {
        let text = checked_text(text.to_owned()).map_err(NoteSignError::Text)?;
        let id = VerifyingKey::new(name.clone(), key.public_key()).id();
        let signature = key
            .sign(text.as_bytes())
            .map_err(|_| NoteSignError::Failed)?;
        let mut note = Self {
            text,
            signatures: Vec::new(),
        };
        note.add(NoteSignature::new(name.clone(), id, signature))
            .map_err(NoteSignError::Text)?;
        Ok(note)
    }

    /// Adds a signature. One of the same key is replaced.
    pub fn add(&mut self, signature: NoteSignature) -> Result<(), NoteError> {
        let mut signatures = self.signatures.clone();
        signatures.retain(|other| !other.is_by(&signature.name, signature.id));
        signatures.push(signature);
        if signatures.len() > MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        let lines: usize = signatures.iter().map(|line| line.to_string().len()).sum();
        if self.text.len() + 1 + lines > NOTE_MAX_BYTES {
            return Err(NoteError::TooLong);
        }
        self.signatures = signatures;
        Ok(())
    }

    /// The signatures, in the order of their lines.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Verifies the signatures of the known keys: there is one at least, and none of them is wrong.
    /// A key is listed once, however often it signed.
    pub fn verify(&self, known: &[VerifyingKey]) -> Result<VerifiedNote<'_>, NoteVerifyError> {
        let (mut verified, mut unverified) = (Vec::<&NoteSignature>::new(), Vec::new());
        for signature in &self.signatures {
            let Some(key) = known
                .iter()
                .find(|key| signature.is_by(key.name(), key.id()))
            else {
                unverified.push(signature);
                continue;
            };
            key.public_key()
                .verify(self.text.as_bytes(), &signature.signature)
                .map_err(|_| NoteVerifyError::SignatureInvalid(key.name().clone()))?;
            if !verified.iter().any(|line| line.is_by(key.name(), key.id())) {
                verified.push(signature);
            }
        }
        if verified.is_empty() {
            return Err(NoteVerifyError::NoKnownKey);
        }
        Ok(VerifiedNote {
            text: &self.text,
            verified,
            unverified,
        })
    }

    /// The same text with these signatures, which are some of its own.
    pub(crate) fn with_only(&self, signatures: Vec<NoteSignature>) -> Self {
        Self {
            text: self.text.clone(),
            signatures,
        }
    }

    /// The text, signed by who knows whom.
    pub(crate) fn unverified_text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| line.fmt(f))
    }
}

/// A note that a known key has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedNote<'note> {
    text: &'note str,
    verified: Vec<&'note NoteSignature>,
    unverified: Vec<&'note NoteSignature>,
}

impl<'note> VerifiedNote<'note> {
    /// The text that was signed, its last newline included.
    pub const fn text(&self) -> &'note str {
        self.text
    }

    /// The signatures that known keys made.
    pub fn verified(&self) -> &[&'note NoteSignature] {
        &self.verified
    }

    /// The signatures by keys that are not known, which say nothing.
    pub fn unverified(&self) -> &[&'note NoteSignature] {
        &self.unverified
    }
}

/// A line below a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    name: KeyName,
    id: KeyId,
    signature: Vec<u8>,
}

impl NoteSignature {
    pub(crate) const fn new(name: KeyName, id: KeyId, signature: Vec<u8>) -> Self {
        Self {
            name,
            id,
            signature,
        }
    }

    /// The name of the key that claims to have signed.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// The ID of the key that claims to have signed.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The bytes after the key ID.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Whether it claims to be by the key of this name and ID.
    pub fn is_by(&self, name: &KeyName, id: KeyId) -> bool {
        self.name == *name && self.id == id
    }
}

impl fmt::Display for NoteSignature {
    /// Writes the whole line, its newline included.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.id.as_bytes(), &*self.signature].concat();
        writeln!(f, "{LINE_START}{} {}", self.name, STANDARD.encode(bytes))
    }
}

impl FromStr for NoteSignature {
    type Err = NoteError;

    /// Reads a line without its newline.
    fn from_str(line: &str) -> Result<Self, NoteError> {
        let (name, encoded) = line
            .strip_prefix(LINE_START)
            .and_then(|rest| rest.split_once(' '))
            .ok_or(NoteError::SignatureLine)?;
        let name = name.parse().map_err(|_| NoteError::SignatureLine)?;
        let bytes = STANDARD
            .decode(encoded)
            .map_err(|_| NoteError::SignatureLine)?;
        let (id, signature) = bytes.split_first_chunk().ok_or(NoteError::SignatureLine)?;
        if signature.is_empty() {
            return Err(NoteError::SignatureLine);
        }
        Ok(Self {
            name,
            id: KeyId::from_bytes(*id),
            signature: signature.to_vec(),
        })
    }
}

/// Reads signature lines, each with its newline, and at least one.
pub(crate) fn parse_signatures(lines: &str) -> Result<Vec<NoteSignature>, NoteError> {
    let lines = lines.strip_suffix('\n').ok_or(NoteError::Unsigned)?;
    if lines.split('\n').count() > MAX_SIGNATURES {
        return Err(NoteError::TooManySignatures);
    }
    lines.split('\n').map(str::parse).collect()
}

/// A text that may be signed: within its limit, ending with a newline, without other control characters.
fn checked_text(text: String) -> Result<String, NoteError> {
    if text.len() > NOTE_TEXT_MAX_BYTES {
        return Err(NoteError::TextTooLong);
    }
    let is_text = text.ends_with('\n') && !text.chars().any(|c| c < ' ' && c != '\n');
    if is_text {
        Ok(text)
    } else {
        Err(NoteError::Text)
    }
}
