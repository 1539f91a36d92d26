//! Rows of the store as rows of the api.

use conclave_record as record;
use conclave_store as store;

use super::people::People;
use crate::api;

pub(super) fn shown_change(row: record::MembershipRow, people: &People) -> api::MembershipChange {
    api::MembershipChange {
        kind: row.kind,
        actor: row.actor.as_ref().map(|a| people.person(a.user())),
        target: row.target.as_ref().map(|t| people.person(t)),
        devices: row.devices,
        epoch: row.epoch.0,
        at_ms: row.at.0,
        name: row.name,
        role: row.role,
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
            change: kind,
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
            api::MessageState::Failed { intent: intent.0.to_string(), failure: reason }
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
            api::RowBody::Unreadable { sender: by.map(|b| people.person(b.user())), cause }
        }
        store::RowBody::NeedsSetup { cause } => api::RowBody::NeedsSetup { cause },
        store::RowBody::ChangeFailed { intent, kind, reason } => {
            let (what, targets) = shown_intent(&kind, people);
            api::RowBody::ChangeFailed { intent: intent.0.to_string(), what, targets, failure: reason }
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

/// What an intent changes, and for whom.
pub(super) fn shown_intent(
    kind: &record::IntentKind,
    people: &People,
) -> (api::MembershipKind, Vec<api::Person>) {
    use record::IntentKind as I;
    match kind {
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
            api::MessageState::Failed { intent: failed.intent.0.to_string(), failure: failed.reason }
        }
        None => message_state(view.state),
    };
    let body = match view.body {
        store::MessageBody::Text { text, format } => api::MessageBody::Text { text, format },
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
