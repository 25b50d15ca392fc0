//! Server-sent events (WHATWG HTML, section 9.2), as far as the contract uses them: an ID and one line
//! of data each.

use std::io::{BufRead as _, BufReader, Read};

/// The longest line of a stream, in bytes.
const LINE_MAX_BYTES: u64 = 64 * 1024;

/// What stands between two empty lines of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Where a stream goes on that is asked for after this.
    pub id: Option<u64>,
    /// What is told; nothing by a heartbeat.
    pub data: Option<String>,
}

/// A line of a stream is not text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server's event is not text")]
pub struct NotText;

/// The whole messages of a stream, until it ends or breaks.
#[derive(Debug)]
pub struct Messages<R> {
    lines: BufReader<R>,
}

impl<R: Read> Messages<R> {
    /// Those of this stream.
    pub fn new(stream: R) -> Self {
        Self {
            lines: BufReader::new(stream),
        }
    }

    /// The next whole line; none where the stream ends or breaks.
    fn line(&mut self) -> Result<Option<String>, NotText> {
        let mut line = Vec::new();
        let mut lines = self.lines.by_ref().take(LINE_MAX_BYTES);
        let read = lines.read_until(b'\n', &mut line);
        let is_whole = line.pop() == Some(b'\n');
        if read.is_err() || !is_whole {
            return Ok(None);
        }
        String::from_utf8(line).map(Some).map_err(|_| NotText)
    }

    fn message(&mut self) -> Result<Option<Message>, NotText> {
        let mut message = Message::default();
        while let Some(line) = self.line()? {
            if let Some(text) = line.strip_prefix("id: ") {
                message.id = text.parse().ok();
            } else if let Some(text) = line.strip_prefix("data: ") {
                message.data = Some(text.to_owned());
            } else if line.is_empty() {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }
}

impl<R: Read> Iterator for Messages<R> {
    type Item = Result<Message, NotText>;

    fn next(&mut self) -> Option<Self::Item> {
        self.message().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_is_cut_off_is_none() {
        let text = &b"retry: 1000\nid: 7\n\n:\n\nid: 8\ndata: {}\n\nid: 9\ndata: {"[..];
        let told: Vec<_> = Messages::new(text).map(Result::unwrap).collect();
        let message = |id, data: Option<&str>| Message {
            id,
            data: data.map(str::to_owned),
        };
        let expected = [
            message(Some(7), None),
            message(None, None),
            message(Some(8), Some("{}")),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_is_not_text_is_said() {
        let mut messages = Messages::new(&b"data: \xff\n\n"[..]);
        assert_eq!(messages.next(), Some(Err(NotText)));
    }
}
