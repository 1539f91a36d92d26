//! What a message comes to for its readers.

use conclave_protocol::MessageId;

use super::limits::REACTION_BYTES_MAX;
use super::{Body, Content, Disposition, Part, Semantics};

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextFormat {
    /// As it is.
    Plain,
    /// Markdown; HTML in it is text (draft §7.1.1).
    Markdown,
}

impl TextFormat {
    /// The media type it is sent under.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Plain => "text/plain;charset=utf-8",
            Self::Markdown => "text/markdown;variant=GFM-MIMI",
        }
    }

    /// Reads a media type: none where it is no text we can show.
    fn of(content_type: &str) -> Option<Self> {
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
            _ if kind.eq_ignore_ascii_case("text/plain") => Some(Self::Plain),
            _ if kind.eq_ignore_ascii_case("text/markdown") => Some(Self::Markdown),
            _ => None,
        }
    }
}

/// What a message comes to. Who may edit, delete and take back what is for the receiver to judge: only whoever sent
/// the target (draft §9.3).
#[derive(Clone, PartialEq, Eq)]
pub enum Meaning {
    /// A new text.
    Text {
        /// The text; several parts are set apart by an empty line.
        text: String,
        /// How it is written.
        format: TextFormat,
        /// What it answers.
        in_reply_to: Option<MessageId>,
        /// Media types of further parts that can't be shown, so that they can be named.
        unknown_parts: Vec<String>,
    },
    /// A reaction.
    Reaction {
        /// To what.
        target: MessageId,
        /// A short text, as a rule an emoji; by [`bare_emoji`].
        emoji: String,
        /// An earlier reaction this one takes the place of.
        replaces: Option<MessageId>,
    },
    /// Another text in place of one.
    Edit {
        /// The first version of the message.
        target: MessageId,
        /// The new text.
        text: String,
        /// How it is written.
        format: TextFormat,
    },
    /// A text or a reaction is taken back.
    Delete {
        /// The first version of the message.
        target: MessageId,
    },
    /// What the sender is called. It is no message: nothing of it is shown as one.
    Profile {
        /// As it came; none where it is no text.
        name: Option<String>,
    },
    /// Something this version can't show; kept all the same.
    Unknown {
        /// Its media type, or of its first part; empty where it has none.
        content_type: String,
    },
}

impl Meaning {
    /// Reads the meaning of a content. Every content has one.
    #[must_use]
    pub fn of(content: &Content) -> Self {
        let part = &content.part;
        if part.disposition == Disposition::PROFILE {
            return Self::Profile { name: Shown::of(part).map(|shown| shown.text) };
        }
        if let (Body::Null, Some(target)) = (&part.body, content.replaces) {
            return Self::Delete { target };
        }
        let Some(shown) = Shown::of(part) else { return Self::Unknown { content_type: content_type(part) } };
        if let (Disposition::REACTION, Some(target)) = (part.disposition, content.in_reply_to)
            && let Some(emoji) = reaction(&shown.text)
        {
            return Self::Reaction { target, emoji, replaces: content.replaces };
        }
        let Shown { text, format, unknown } = shown;
        match content.replaces {
            Some(target) => Self::Edit { target, text, format },
            // A reaction that is not one is shown as an answer (draft §5.3).
            None => Self::Text { text, format, in_reply_to: content.in_reply_to, unknown_parts: unknown },
        }
    }
}

/// Shows the kind, never what was said.
impl std::fmt::Debug for Meaning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text { text, format, .. } => write!(f, "Text({format:?}, {} bytes)", text.len()),
            Self::Reaction { target, .. } => write!(f, "Reaction({target:?})"),
            Self::Edit { target, text, .. } => write!(f, "Edit({target:?}, {} bytes)", text.len()),
            Self::Delete { target } => write!(f, "Delete({target:?})"),
            Self::Profile { .. } => f.write_str("Profile"),
            Self::Unknown { content_type } => write!(f, "Unknown({content_type})"),
        }
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
                let format = TextFormat::of(content_type)?;
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

    /// Several texts as one. Markdown beside plain text is shown as it was typed.
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

/// An emoji without the sign that only says to show it as one (U+FE0F; UTS #51, emoji presentation sequences): ❤ with and
/// without it are the same reaction, whichever of them a keyboard writes.
#[must_use]
pub fn bare_emoji(emoji: &str) -> String {
    emoji.replace('\u{fe0f}', "")
}

fn reaction(text: &str) -> Option<String> {
    let emoji = bare_emoji(text);
    let short = !emoji.is_empty() && text.len() <= REACTION_BYTES_MAX;
    (short && !text.chars().any(char::is_control)).then_some(emoji)
}

fn content_type(part: &Part) -> String {
    match &part.body {
        Body::Null => String::new(),
        Body::Single { content_type, .. } => content_type.clone(),
        Body::External(external) => external.content_type.clone(),
        Body::Multi { parts, .. } => parts.first().map(content_type).unwrap_or_default(),
    }
}
