//! Sizes and numbers as the text formats write them: ASCII digits without leading zeros.

/// Reads a number that is written in the one way it can be.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let canonical =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if canonical { text.parse().ok() } else { None }
}
