//! One statement of a Mermaid flowchart, from left to right: ids, labels in brackets, classes and arrows.

/// A text without its quotes, entities, line breaks and marks of Markdown.
pub fn unquoted(text: &str) -> String {
    let text = text.trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    // Lines of a label; the marks of Markdown in one.
    let text = text.replace("<br/>", " ").replace("<br>", " ").replace("<br />", " ").replace('`', "");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find('#') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest.find(';').filter(|end| *end <= 8).and_then(|end| {
            let c = match &rest[1..end] {
                "quot" => '"',
                "lt" => '<',
                "gt" => '>',
                "amp" => '&',
                digits => char::from_u32(digits.parse().ok()?)?,
            };
            Some((c, end + 1))
        });
        let (c, length) = entity.unwrap_or(('#', 1));
        out.push(c);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An arrow between nodes.
#[derive(Debug, Default)]
pub struct Edge {
    /// The name that the text gives to the arrow; mostly empty.
    pub id: String,
    pub has_label: bool,
    pub is_invisible: bool,
    pub is_both: bool,
    pub is_backward: bool,
}

/// Reads a statement from left to right.
pub struct Scanner {
    text: Vec<char>,
    at: usize,
}

impl Scanner {
    pub fn new(text: &str) -> Scanner {
        Scanner { text: text.chars().collect(), at: 0 }
    }

    fn skip_space(&mut self) {
        while self.text.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
    }

    pub fn is_at_end(&mut self) -> bool {
        self.skip_space();
        self.at == self.text.len()
    }

    fn looks_at(&self, word: &str) -> bool {
        word.chars().enumerate().all(|(offset, c)| self.text.get(self.at + offset) == Some(&c))
    }

    pub fn takes(&mut self, word: &str) -> bool {
        self.skip_space();
        let takes = self.looks_at(word);
        if takes {
            self.at += word.chars().count();
        }
        takes
    }

    fn taken(&self, from: usize) -> String {
        self.text[from..self.at].iter().collect()
    }

    /// The text up to this character or the end.
    pub fn rest_before(&mut self, end: char) -> String {
        let from = self.at;
        while self.text.get(self.at).is_some_and(|c| *c != end) {
            self.at += 1;
        }
        self.taken(from).trim().to_owned()
    }

    /// An id: letters, digits and signs that begin neither a label, a class nor an arrow.
    pub fn id(&mut self) -> String {
        self.skip_space();
        let from = self.at;
        while let Some(c) = self.text.get(self.at) {
            let next = self.text.get(self.at + 1);
            let is_arrow = match c {
                '-' => matches!(next, Some('-' | '.' | '>')),
                '=' => next == Some(&'='),
                '~' => true,
                '<' => true,
                _ => false,
            };
            if is_arrow || c.is_whitespace() || "[({>&|;:@)]}".contains(*c) {
                break;
            }
            self.at += 1;
        }
        self.taken(from)
    }

    /// The label of a node with the brackets before it: `[(Orders)]`, `@{ shape: cyl, label: "Orders" }`.
    pub fn label(&mut self) -> Option<(String, String)> {
        if self.takes("@{") {
            let from = self.at;
            self.skip_to("}");
            let attributes = self.taken(from);
            self.takes("}");
            let value = |key: &str| {
                let (_, rest) = attributes.split_once(&format!("{key}:"))?;
                let rest = rest.trim_start();
                let value = match rest.strip_prefix('"') {
                    Some(rest) => rest.split('"').next(),
                    None => rest.split(',').next(),
                };
                value.map(|value| unquoted(value.trim()))
            };
            let open = match value("shape").as_deref() {
                Some("cyl" | "cylinder" | "db" | "database") => "[(",
                Some("stadium" | "pill" | "terminal") => "([",
                Some("hex" | "hexagon" | "prepare") => "{{",
                Some("subproc" | "subprocess" | "subroutine" | "fr-rect") => "[[",
                _ => "[",
            };
            return Some((open.to_owned(), value("label").unwrap_or_default()));
        }
        // The longest first.
        const BRACKETS: [(&str, &str); 13] = [
            ("(((", ")))"),
            ("([", "])"),
            ("[[", "]]"),
            ("[(", ")]"),
            ("((", "))"),
            ("{{", "}}"),
            ("[/", "/]"),
            ("[/", "\\]"),
            ("[\\", "\\]"),
            ("[", "]"),
            ("(", ")"),
            ("{", "}"),
            (">", "]"),
        ];
        let start = self.at;
        for (open, close) in BRACKETS {
            self.at = start;
            if !self.looks_at(open) {
                continue;
            }
            self.at += open.chars().count();
            let from = self.at;
            if self.skip_to(close) {
                let label = self.taken(from);
                self.at += close.chars().count();
                return Some((open.to_owned(), unquoted(&label)));
            }
        }
        self.at = start;
        None
    }

    /// Goes to the next such text outside of quotes. False where there is none; then it is at the end.
    fn skip_to(&mut self, close: &str) -> bool {
        let mut quoted = false;
        while self.at < self.text.len() {
            if !quoted && self.looks_at(close) {
                return true;
            }
            quoted ^= self.text[self.at] == '"';
            self.at += 1;
        }
        false
    }

    pub fn class(&mut self) -> Option<String> {
        self.takes(":::").then(|| self.id())
    }

    /// The name of an arrow, which stands before it: `e1@-->`.
    fn edge_id(&mut self) -> String {
        self.skip_space();
        let start = self.at;
        let id = self.id();
        if !id.is_empty() && self.looks_at("@") && !self.looks_at("@{") {
            self.at += 1;
            return id;
        }
        self.at = start;
        String::new()
    }

    /// An arrow with its label, of any length and kind: `-->`, `-.->`, `==>`, `-- text -->`, `-->|text|`, `<-->`.
    pub fn edge(&mut self) -> Option<Edge> {
        let mut edge = Edge { id: self.edge_id(), ..Edge::default() };
        self.skip_space();
        let starts_left = self.takes("<");
        if !starts_left && ["o--", "x--", "o==", "x=="].iter().any(|start| self.looks_at(start)) {
            self.at += 1;
        }
        let from = self.at;
        self.skip_shaft();
        let shaft = self.taken(from);
        if shaft.chars().count() < 2 {
            self.at = from;
            return None;
        }
        edge.is_invisible = shaft.starts_with('~');
        let mut has_head = self.takes_head();
        if !has_head && !edge.is_invisible && shaft.chars().count() == 2 {
            // `-- text -->`: the label stands between two parts of the arrow.
            let middle = self.at;
            let closing: &[&str] = match shaft.as_str() {
                "--" => &["--"],
                "==" => &["=="],
                _ => &[".-"],
            };
            if closing.iter().any(|close| self.skip_to(close)) {
                edge.has_label = !self.taken(middle).trim().is_empty();
                self.skip_shaft();
                has_head = self.takes_head();
            } else {
                self.at = middle;
            }
        }
        if self.takes("|") {
            edge.has_label = true;
            self.skip_to("|");
            self.takes("|");
        }
        edge.is_both = starts_left && has_head;
        edge.is_backward = starts_left && !has_head;
        Some(edge)
    }

    fn skip_shaft(&mut self) {
        while self.text.get(self.at).is_some_and(|c| "-=.~".contains(*c)) {
            self.at += 1;
        }
    }

    /// The head of an arrow. An `o` or `x` is one only where a space follows.
    fn takes_head(&mut self) -> bool {
        let is_letter = matches!(self.text.get(self.at), Some('o' | 'x'))
            && self.text.get(self.at + 1).is_none_or(|c| c.is_whitespace() || *c == '|');
        let is_head = self.text.get(self.at) == Some(&'>') || is_letter;
        if is_head {
            self.at += 1;
        }
        is_head
    }
}
