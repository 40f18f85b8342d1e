//! Texts in markup.

/// A text as the content of an element or a quoted attribute of XML or HTML. Characters that XML does not allow are
/// left out.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => {}
            '\t' | '\n' | '\r' => out.push(c),
            c if c < ' ' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text_and_control_characters_are_left_out() {
        assert_eq!(escaped("a\u{0}b\u{1f}c\n<\"'&>"), "abc\n&lt;&quot;&#39;&amp;&gt;");
    }
}
