//! The texts of letters: English built in, and what the operator puts beside it in the data
//! directory, `templates/LANGUAGE/KIND.txt` and `templates/LANGUAGE/phrases.txt`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use countersign_order::Language;

use super::kinds::{ENGLISH_PHRASES, LETTERS, LetterKind, PHRASES};
use super::template::{Fault, check};
use crate::files::read_bounded;

/// No template is longer.
const TEMPLATE_MAX_BYTES: u64 = 64 * 1024;
const PHRASES_FILE: &str = "phrases.txt";
const SUBJECT: &str = "Subject: ";
/// Where the body begins: after the subject and an empty line.
const BODY_LINE: usize = 3;

/// Why templates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A file or folder could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file or folder is not one of ours.
    #[error("{} is {what}", path.display())]
    Misplaced {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A text is not a template.
    #[error("{}:{line}: {what}", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        what: String,
    },
}

/// The subject and the body of a kind of letter, to be filled in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Template {
    pub(super) subject: String,
    pub(super) body: String,
}

/// The texts of one language.
#[derive(Clone, Debug, Default)]
struct Texts {
    letters: BTreeMap<&'static str, Template>,
    phrases: BTreeMap<&'static str, String>,
}

/// All texts there are.
#[derive(Clone, Debug)]
pub struct Templates {
    english: Texts,
    own: BTreeMap<Language, Texts>,
}

/// The texts that one letter is written with, of one language as far as possible.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wording<'a> {
    templates: &'a Templates,
    own: Option<&'a Texts>,
}

impl Templates {
    /// The texts built in, and those in a folder, which need not be there.
    pub fn load(folder: &Path) -> Result<Self, TemplateError> {
        let mut templates = Self {
            english: built_in()?,
            own: BTreeMap::new(),
        };
        for path in entries(folder)? {
            if !path.is_dir() {
                continue;
            }
            let name = file_name(&path);
            let language = name.parse().map_err(|_not_one| TemplateError::Misplaced {
                path: path.clone(),
                what: "no language: the folders here are named en, de, pt-br".to_owned(),
            })?;
            templates.own.insert(language, read_language(&path)?);
        }
        Ok(templates)
    }

    /// The template of a kind of letter in a language, else in its main language, else in English;
    /// and the phrases that go with it.
    pub(super) fn letter(&self, language: &Language, kind: &str) -> (&Template, Wording<'_>) {
        let main = language.as_str().split('-').next().unwrap_or_default();
        let english = Language::english();
        let found = [language.as_str(), main, english.as_str()]
            .into_iter()
            .filter_map(|language| self.own.get(language))
            .find_map(|texts| Some((texts.letters.get(kind)?, Some(texts))));
        let (template, own) = match found {
            Some(found) => found,
            // An own English phrase holds for the built-in letters, too.
            None => (self.built_in(kind), self.own.get(english.as_str())),
        };
        let wording = Wording {
            templates: self,
            own,
        };
        (template, wording)
    }

    fn built_in(&self, kind: &str) -> &Template {
        static EMPTY: Template = Template {
            subject: String::new(),
            body: String::new(),
        };
        // Every kind is built in; a test sees to it.
        self.english.letters.get(kind).unwrap_or(&EMPTY)
    }
}

impl<'a> Wording<'a> {
    /// A phrase; none if there is no such phrase.
    pub(super) fn phrase(&self, name: &str) -> Option<&'a str> {
        let own = self.own.and_then(|texts| texts.phrases.get(name));
        let phrase = own.or_else(|| self.templates.english.phrases.get(name));
        phrase.map(String::as_str)
    }
}

fn built_in() -> Result<Texts, TemplateError> {
    let mut texts = Texts {
        letters: BTreeMap::new(),
        phrases: parse_phrases(ENGLISH_PHRASES)
            .map_err(|fault| in_file(Path::new(PHRASES_FILE), fault))?,
    };
    for kind in LETTERS {
        let template =
            parse(kind, kind.english).map_err(|fault| in_file(Path::new(kind.name), fault))?;
        texts.letters.insert(kind.name, template);
    }
    Ok(texts)
}

fn read_language(folder: &Path) -> Result<Texts, TemplateError> {
    let mut texts = Texts::default();
    for path in entries(folder)? {
        let name = file_name(&path);
        // What is not text is somebody's notes, or what an editor left.
        let Some(kind) = name.strip_suffix(".txt") else {
            continue;
        };
        let text = read(&path)?;
        if name == PHRASES_FILE {
            texts.phrases = parse_phrases(&text).map_err(|fault| in_file(&path, fault))?;
            continue;
        }
        let kind = LETTERS.iter().find(|known| known.name == kind);
        let kind = kind.ok_or_else(|| {
            let known: Vec<&str> = LETTERS.iter().map(|kind| kind.name).collect();
            TemplateError::Misplaced {
                path: path.clone(),
                what: format!(
                    "no kind of letter; there are {PHRASES_FILE} and, each with .txt, {}",
                    known.join(", ")
                ),
            }
        })?;
        let template = parse(kind, &text).map_err(|fault| in_file(&path, fault))?;
        texts.letters.insert(kind.name, template);
    }
    Ok(texts)
}

/// A letter's template: a subject, an empty line, a body.
fn parse(kind: &LetterKind, text: &str) -> Result<Template, Fault> {
    let fault = |line, what: &str| Fault {
        line,
        what: what.to_owned(),
    };
    let mut lines = text.lines();
    let subject = lines
        .next()
        .and_then(|line| line.strip_prefix(SUBJECT))
        .map(str::trim)
        .filter(|subject| !subject.is_empty())
        .ok_or_else(|| {
            fault(
                1,
                "a template begins with a line such as: Subject: Order {order}",
            )
        })?;
    if lines.next().is_some_and(|line| !line.trim().is_empty()) {
        return Err(fault(
            2,
            "an empty line stands between the subject and the body",
        ));
    }
    let body: String = lines.flat_map(|line| [line, "\n"]).collect();
    if body.trim().is_empty() {
        return Err(fault(BODY_LINE, "the letter has no body"));
    }
    check(subject, 1, kind.placeholders)?;
    check(&body, BODY_LINE, kind.placeholders)?;
    Ok(Template {
        subject: subject.to_owned(),
        body,
    })
}

/// Phrases: each after a line with its name in brackets, up to the next such line.
fn parse_phrases(text: &str) -> Result<BTreeMap<&'static str, String>, Fault> {
    let mut phrases = BTreeMap::new();
    let mut open: Option<(&'static str, String)> = None;
    for (line, content) in (1..).zip(text.lines()) {
        let fault = |what: String| Fault { line, what };
        let name = content
            .trim_end()
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        if let Some(name) = name {
            let known = PHRASES.iter().find(|known| known.name == name);
            let known = known.ok_or_else(|| {
                let names: Vec<&str> = PHRASES.iter().map(|phrase| phrase.name).collect();
                fault(format!(
                    "there is no phrase {name}; there are {}",
                    names.join(", ")
                ))
            })?;
            keep(&mut phrases, open.replace((known.name, String::new())));
        } else if let Some((name, text)) = &mut open {
            let known = PHRASES.iter().find(|known| known.name == *name);
            check(content, line, known.map_or(&[], |known| known.placeholders))?;
            text.push_str(content);
            text.push('\n');
        } else if !content.trim().is_empty() {
            return Err(fault(
                "a phrase begins with its name on a line of its own, such as [proof]".to_owned(),
            ));
        }
    }
    keep(&mut phrases, open);
    Ok(phrases)
}

fn keep(phrases: &mut BTreeMap<&'static str, String>, phrase: Option<(&'static str, String)>) {
    if let Some((name, text)) = phrase {
        phrases.insert(name, text.trim_matches('\n').to_owned());
    }
}

fn in_file(path: &Path, fault: Fault) -> TemplateError {
    TemplateError::Text {
        path: path.to_owned(),
        line: fault.line,
        what: fault.what,
    }
}

fn read(path: &Path) -> Result<String, TemplateError> {
    let bytes = read_bounded(path, TEMPLATE_MAX_BYTES).map_err(|source| unread(path, source))?;
    String::from_utf8(bytes).map_err(|error| {
        let before = error.as_bytes().get(..error.utf8_error().valid_up_to());
        let line_ends = before
            .unwrap_or_default()
            .iter()
            .filter(|byte| **byte == b'\n');
        TemplateError::Text {
            path: path.to_owned(),
            line: line_ends.count() + 1,
            what: "the text is not in UTF-8".to_owned(),
        }
    })
}

/// What is in a folder, by name; nothing if it is not there.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, TemplateError> {
    let found = match fs::read_dir(folder) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unread(folder, error)),
    };
    let mut paths = found
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(|error| unread(folder, error))?;
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn unread(path: &Path, source: io::Error) -> TemplateError {
    TemplateError::Read {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn subject(templates: &Templates, language: &str, kind: &str) -> String {
        let language = language.parse().unwrap();
        templates.letter(&language, kind).0.subject.clone()
    }

    #[test]
    fn everything_is_there_in_english() {
        let templates = Templates::load(Path::new("")).unwrap();
        for kind in LETTERS {
            assert!(
                !templates.built_in(kind.name).body.is_empty(),
                "{}",
                kind.name
            );
        }
        for phrase in PHRASES {
            let english = templates.english.phrases.get(phrase.name);
            assert!(
                english.is_some_and(|text| !text.is_empty()),
                "{}",
                phrase.name
            );
        }
    }

    #[test]
    fn a_language_is_followed_as_far_as_it_goes() {
        let folder = folder(&[
            (
                "de/order-shipped.txt",
                "Subject: Versandt: {order}\n\nHallo {name},\n",
            ),
            ("de/phrases.txt", "[by-seller]\nvon uns\n"),
            ("en/order-held.txt", "Subject: Wait\n\nHello {name},\n"),
            ("de/notes.md", "{anything}"),
        ]);
        let templates = Templates::load(folder.path()).unwrap();
        for language in ["de", "de-at"] {
            assert_eq!(
                subject(&templates, language, "order-shipped"),
                "Versandt: {order}"
            );
            assert_eq!(subject(&templates, language, "order-held"), "Wait");
        }
        assert!(subject(&templates, "en", "order-shipped").starts_with("Order"));
        let phrase = |language: &str, kind| {
            let language = language.parse().unwrap();
            templates
                .letter(&language, kind)
                .1
                .phrase("by-seller")
                .unwrap()
        };
        assert_eq!(phrase("de", "order-shipped"), "von uns");
        assert_eq!(
            phrase("de", "order-held"),
            "us",
            "a letter keeps to one language"
        );
        assert_eq!(phrase("fr", "order-shipped"), "us");
    }

    #[test]
    fn a_fault_is_named_with_its_file_and_line() {
        for (name, text, said) in [
            (
                "de/order-shipped.txt",
                "Subject: A\n\nHello\n{tracknig}\n",
                "order-shipped.txt:4: there is no {tracknig}",
            ),
            (
                "de/order-shipped.txt",
                "Hello\n",
                "order-shipped.txt:1: a template begins",
            ),
            (
                "de/order-shipped.txt",
                "Subject: A\nHello\n",
                "order-shipped.txt:2: an empty line",
            ),
            (
                "de/order-shipped.txt",
                "Subject: {goods\n\nHello\n",
                "order-shipped.txt:1: a { without",
            ),
            (
                "de/order-shipped.txt",
                "Subject: A\n\n",
                "order-shipped.txt:3: the letter has no body",
            ),
            (
                "de/phrases.txt",
                "[proof]\n\n{fiel}\n",
                "phrases.txt:3: there is no {fiel}",
            ),
            (
                "de/phrases.txt",
                "[prof]\n",
                "phrases.txt:1: there is no phrase prof",
            ),
            (
                "de/phrases.txt",
                "\nproof\n",
                "phrases.txt:2: a phrase begins",
            ),
            (
                "de/order-shiped.txt",
                "Subject: A\n\nHello\n",
                "order-shiped.txt is no kind of letter",
            ),
            ("German/order-shipped.txt", "", "German is no language"),
        ] {
            let folder = folder(&[(name, text)]);
            let error = Templates::load(folder.path()).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn text_that_is_not_in_utf_8_is_refused_with_its_line() {
        let folder = folder(&[]);
        fs::create_dir(folder.path().join("de")).unwrap();
        let file = folder.path().join("de/order-held.txt");
        fs::write(&file, b"Subject: A\n\nGr\xfc\xdfe\n").unwrap();
        let error = Templates::load(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("order-held.txt:3: the text is not in UTF-8"),
            "{error}"
        );
    }
}
