//! What a content means to its readers.

use conclave_protocol::MessageId;
use conclave_record::{MessageKind, TextFormat};

use super::reaction::reaction;
use super::{Body, Content, Disposition, Part, Semantics};

/// The media type that a text is sent under. HTML in Markdown is text (draft §7.1.1).
pub(super) const fn media_type(format: TextFormat) -> &'static str {
    match format {
        TextFormat::Plain => "text/plain;charset=utf-8",
        TextFormat::Markdown => "text/markdown;variant=GFM-MIMI",
    }
}

/// Reads a media type; `None` unless it is a text we can show.
fn format_of(content_type: &str) -> Option<TextFormat> {
    let mut fields = content_type.split(';').map(str::trim);
    let kind = fields.next()?;
    let charset = fields.find_map(|field| {
        let (name, value) = field.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    });
    if !charset.is_none_or(|it| it.eq_ignore_ascii_case("utf-8") || it.eq_ignore_ascii_case("us-ascii")) {
        return None;
    }
    match kind {
        _ if kind.eq_ignore_ascii_case("text/plain") => Some(TextFormat::Plain),
        _ if kind.eq_ignore_ascii_case("text/markdown") => Some(TextFormat::Markdown),
        _ => None,
    }
}

/// What a content means to its readers. The receiver checks who may edit, delete and take back: only the sender of the
/// target (draft §9.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// A message.
    Message {
        /// What it does. Several texts are separated by an empty line; a reaction is normalised by [`bare_emoji`](super::bare_emoji).
        kind: MessageKind,
        /// The message it replies to; `None` for a reaction and a deletion, which have a target.
        in_reply_to: Option<MessageId>,
        /// For a reaction: the earlier one that it replaces.
        replaces: Option<MessageId>,
        /// Media types of further parts that can't be shown; named once messages have files.
        unknown_parts: Vec<String>,
    },
    /// The sender's name. Never shown as a message.
    Profile {
        /// As received; `None` if it is not text.
        name: Option<String>,
    },
}

impl Meaning {
    /// The meaning of a content, received or own. Every content has one.
    #[must_use]
    pub fn of(content: &Content) -> Self {
        let part = &content.part;
        if part.disposition == Disposition::PROFILE {
            return Self::Profile { name: Shown::of(part).map(|shown| shown.text) };
        }
        if let (Body::Null, Some(target)) = (&part.body, content.replaces) {
            return Self::new(MessageKind::Delete { target }, None);
        }
        let Some(shown) = Shown::of(part) else {
            return Self::new(MessageKind::Unknown { content_type: content_type(part) }, content.in_reply_to);
        };
        if let (Disposition::REACTION, Some(target)) = (part.disposition, content.in_reply_to)
            && let Ok(emoji) = reaction(&shown.text)
        {
            let kind = MessageKind::Reaction { target, emoji };
            let (in_reply_to, replaces, unknown_parts) = (None, content.replaces, Vec::new());
            return Self::Message { kind, in_reply_to, replaces, unknown_parts };
        }
        let Shown { text, format, unknown: unknown_parts } = shown;
        let in_reply_to = content.in_reply_to;
        match content.replaces {
            Some(target) => Self::new(MessageKind::Edit { target, text, format }, in_reply_to),
            // A reaction whose body is not one is shown as a reply (draft §5.3).
            None => {
                let kind = MessageKind::Text { text, format };
                Self::Message { kind, in_reply_to, replaces: None, unknown_parts }
            }
        }
    }

    fn new(kind: MessageKind, in_reply_to: Option<MessageId>) -> Self {
        Self::Message { kind, in_reply_to, replaces: None, unknown_parts: Vec::new() }
    }
}

/// What can be shown of a part.
struct Shown {
    text: String,
    format: TextFormat,
    unknown: Vec<String>,
}

impl Shown {
    fn of(part: &Part) -> Option<Self> {
        match &part.body {
            Body::Null | Body::External(_) => None,
            Body::Single { content_type, content } => {
                let format = format_of(content_type)?;
                let text = String::from_utf8(content.clone()).ok()?;
                Some(Self { text, format, unknown: Vec::new() })
            }
            Body::Multi { semantics, parts } => match semantics {
                Semantics::ChooseOne => parts.iter().find_map(Self::of),
                Semantics::SingleUnit => {
                    parts.iter().map(Self::of).collect::<Option<Vec<_>>>().and_then(Self::joined)
                }
                Semantics::ProcessAll => {
                    let mut all = Self::joined(parts.iter().filter_map(Self::of).collect())?;
                    let unknown = parts.iter().filter(|part| Self::of(part).is_none()).map(content_type);
                    all.unknown.extend(unknown);
                    Some(all)
                }
            },
        }
    }

    /// Several texts as one. Markdown beside plain text is shown as typed.
    fn joined(all: Vec<Self>) -> Option<Self> {
        all.into_iter().reduce(|mut first, next| {
            first.text.push_str("\n\n");
            first.text.push_str(&next.text);
            if next.format != first.format {
                first.format = TextFormat::Plain;
            }
            first.unknown.extend(next.unknown);
            first
        })
    }
}

fn content_type(part: &Part) -> String {
    match &part.body {
        Body::Null => String::new(),
        Body::Single { content_type, .. } => content_type.clone(),
        Body::External(external) => external.content_type.clone(),
        Body::Multi { parts, .. } => parts.first().map(content_type).unwrap_or_default(),
    }
}
