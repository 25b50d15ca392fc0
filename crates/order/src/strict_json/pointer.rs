//! Where in a document we are. Kept on the stack, and written out only when something is refused.

use super::NotUnderstood;

/// The way from the document's root to one of its values.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pointer<'p> {
    /// The document itself.
    Root,
    /// A member of an object.
    Member(&'p Self, &'p str),
    /// An element of a list, counted from zero.
    Element(&'p Self, usize),
}

impl Pointer<'_> {
    /// Refuses the value that stands here.
    pub(crate) fn refuse(&self, detail: impl Into<String>) -> NotUnderstood {
        let mut pointer = String::new();
        self.write(&mut pointer);
        NotUnderstood {
            pointer,
            detail: detail.into(),
        }
    }

    fn write(&self, to: &mut String) {
        match self {
            Self::Root => {}
            Self::Member(parent, name) => {
                parent.write(to);
                push_name(to, name);
            }
            Self::Element(parent, place) => {
                parent.write(to);
                push_name(to, &place.to_string());
            }
        }
    }
}

/// Appends one step to a pointer, escaped as RFC 6901 section 3 asks, and cut to a readable length:
/// the name may be anything that somebody sent.
pub(super) fn push_name(to: &mut String, name: &str) {
    /// The longest step of a pointer that is shown, in characters.
    const MAX_CHARACTERS: usize = 64;
    to.push('/');
    for c in name.chars().take(MAX_CHARACTERS) {
        match c {
            '~' => to.push_str("~0"),
            '/' => to.push_str("~1"),
            _ => to.push(c),
        }
    }
}
