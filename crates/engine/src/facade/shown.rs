//! Rows of the store as rows of the api.

use conclave_store as store;

use super::people::People;
use crate::api;

pub(super) fn shown_role(role: store::Role) -> api::Role {
    match role {
        store::Role::Member => api::Role::Member,
        store::Role::Admin => api::Role::Admin,
        store::Role::Owner => api::Role::Owner,
    }
}

pub(super) fn shown_kind(kind: store::MembershipKind) -> api::MembershipKind {
    use api::MembershipKind as A;
    use store::MembershipKind as S;
    match kind {
        S::Created => A::Created,
        S::Added => A::Added,
        S::Removed => A::Removed,
        S::Left => A::Left,
        S::RoleChanged => A::RoleChanged,
        S::Renamed => A::Renamed,
        S::PolicyChanged => A::PolicyChanged,
        S::KeyRotated => A::KeyRotated,
        S::KeysRenewed => A::KeysRenewed,
    }
}

pub(super) fn stored_kind(kind: api::MembershipKind) -> store::MembershipKind {
    use api::MembershipKind as A;
    use store::MembershipKind as S;
    match kind {
        A::Created => S::Created,
        A::Added => S::Added,
        A::Removed => S::Removed,
        A::Left => S::Left,
        A::RoleChanged => S::RoleChanged,
        A::Renamed => S::Renamed,
        A::PolicyChanged => S::PolicyChanged,
        A::KeyRotated => S::KeyRotated,
        A::KeysRenewed => S::KeysRenewed,
    }
}

/// A broken group's cause, as a code for those who look.
pub(super) fn shown_cause(cause: store::UnreadableCause) -> &'static str {
    use store::UnreadableCause as S;
    match cause {
        S::Damaged => "damaged",
        S::KeyGone => "keyGone",
        S::TooOld => "tooOld",
        S::OtherEpoch => "otherEpoch",
        S::SenderGone => "senderGone",
        S::BadContent => "badContent",
        S::RefusedChange => "refusedChange",
        S::Diverged => "diverged",
        S::Missing => "missing",
        S::SetBack => "setBack",
    }
}

fn unreadable(cause: store::UnreadableCause) -> api::UnreadableCause {
    use api::UnreadableCause as A;
    use store::UnreadableCause as S;
    match cause {
        S::Damaged => A::Damaged,
        S::KeyGone => A::KeyGone,
        S::TooOld => A::TooOld,
        S::OtherEpoch | S::Diverged => A::OtherEpoch,
        S::SenderGone => A::SenderGone,
        S::BadContent => A::BadContent,
        S::RefusedChange => A::RefusedChange,
        S::Missing => A::Missing,
        S::SetBack => A::SetBack,
    }
}

fn failure(reason: store::FailReason) -> api::SendFailure {
    use api::SendFailure as A;
    use store::FailReason as S;
    match reason {
        S::Refused => A::Refused,
        S::NotAllowed => A::NotAllowed,
        S::NotAMember => A::NotAMember,
        S::BadKeyPackage => A::NoKeyPackage,
        S::GroupBroken => A::GroupBroken,
        S::TooManyAttempts => A::TooManyAttempts,
        S::NotBuilt => A::NotBuilt,
    }
}

pub(super) fn shown_change(row: store::MembershipRow, people: &People) -> api::MembershipChange {
    api::MembershipChange {
        kind: shown_kind(row.kind),
        actor: row.actor.as_ref().map(|a| people.person(a.user())),
        target: row.target.as_ref().map(|t| people.person(t)),
        devices: row.devices,
        epoch: row.epoch.0,
        at_ms: row.at.0,
        name: row.name,
        role: row.role.map(shown_role),
    }
}

pub(super) fn shown_last(last: store::LastRow, people: &People) -> api::LastRow {
    match last {
        store::LastRow::Message { at, sender: by, text, state } => api::LastRow::Message {
            at_ms: at.0,
            sender: people.person(by.user()),
            text,
            state: message_state(state),
        },
        store::LastRow::Membership { at, kind, actor, target } => api::LastRow::Membership {
            at_ms: at.0,
            change: shown_kind(kind),
            actor: actor.as_ref().map(|a| people.person(a.user())),
            target: target.as_ref().map(|t| people.person(t)),
        },
        store::LastRow::Other { at } => api::LastRow::Other { at_ms: at.0 },
    }
}

fn message_state(state: store::MessageState) -> api::MessageState {
    match state {
        store::MessageState::Received => api::MessageState::Received,
        store::MessageState::Queued => api::MessageState::Queued,
        store::MessageState::Sent => api::MessageState::Sent,
        store::MessageState::Failed { intent, reason } => {
            api::MessageState::Failed { intent: intent.0.to_string(), failure: failure(reason) }
        }
    }
}

pub(super) fn shown_row(row: store::TimelineRow, people: &People) -> api::TimelineRow {
    let body = match row.body {
        store::RowBody::Message(view) => api::RowBody::Message(message(*view, people)),
        store::RowBody::Membership(entry) => {
            let (log_index, seen) = (entry.row.index, entry.seen);
            api::RowBody::Membership { change: shown_change(entry.row, people), log_index, seen }
        }
        store::RowBody::Unreadable { sender: by, cause } => {
            api::RowBody::Unreadable { sender: by.map(|b| people.person(b.user())), cause: unreadable(cause) }
        }
        store::RowBody::NeedsSetup { cause } => {
            api::RowBody::NeedsSetup { cause: shown_cause(cause).to_owned() }
        }
        store::RowBody::ChangeFailed { intent, wish, reason } => {
            let (what, targets) = shown_wish(&wish, people);
            api::RowBody::ChangeFailed {
                intent: intent.0.to_string(),
                what,
                targets,
                failure: failure(reason),
            }
        }
    };
    api::TimelineRow {
        id: row.id.0.to_string(),
        position: row.position,
        at_ms: row.at.0,
        epoch: row.epoch.0,
        body,
    }
}

/// What a wish would have changed, and for whom.
pub(super) fn shown_wish(
    wish: &store::IntentKind,
    people: &People,
) -> (api::MembershipKind, Vec<api::Person>) {
    use store::IntentKind as I;
    match wish {
        I::Add { people: added } => {
            (api::MembershipKind::Added, added.iter().map(|p| people.person(&p.user)).collect())
        }
        I::Remove { people: removed } => {
            (api::MembershipKind::Removed, removed.iter().map(|p| people.person(p)).collect())
        }
        I::Rename { .. } => (api::MembershipKind::Renamed, Vec::new()),
        I::Leave => (api::MembershipKind::Left, Vec::new()),
        I::Update { .. } | I::Send { .. } | I::Profile { .. } => {
            (api::MembershipKind::KeyRotated, Vec::new())
        }
    }
}

pub(super) fn shown_quote(quote: store::Quote, people: &People) -> api::Quote {
    api::Quote {
        message: quote.message.to_hex(),
        sender: quote.sender.map(|s| people.person(s.user())),
        text: quote.text,
    }
}

fn message(view: store::MessageView, people: &People) -> api::MessageRow {
    let state = match view.failed_change {
        Some(failed) => {
            api::MessageState::Failed { intent: failed.intent.0.to_string(), failure: failure(failed.reason) }
        }
        None => message_state(view.state),
    };
    let format = |markdown| if markdown { api::TextFormat::Markdown } else { api::TextFormat::Plain };
    let body = match view.body {
        store::MessageBody::Text { text, markdown } => {
            api::MessageBody::Text { text, format: format(markdown) }
        }
        store::MessageBody::Deleted => api::MessageBody::Deleted,
        store::MessageBody::Unknown { content_type } => api::MessageBody::Unknown { content_type },
    };
    let reaction = |r: store::Reaction| api::Reaction {
        mine: r.people.iter().any(|p| people.is_me(p)),
        people: r.people.iter().map(|p| people.person(p)).collect(),
        emoji: r.emoji,
    };
    api::MessageRow {
        message: view.message.to_hex(),
        sender: people.person(view.sender.user()),
        body,
        reply_to: view.reply_to.map(|quote| shown_quote(quote, people)),
        reactions: view.reactions.into_iter().map(reaction).collect(),
        edited: view.edited,
        state,
    }
}
