//! People, a group and plausible rows.

use bytes::Bytes;
use conclave_protocol::{
    ClientUri, CommitHash, DeviceId, Epoch, GroupId, MessageId, Seq, SubmissionId, Timestamp, UserUri,
};
use conclave_record::*;
use sha2::{Digest, Sha256};

use crate::*;

pub(super) const KEY: StoreKey = StoreKey::new([7; 32]);
pub(super) const GROUP: GroupId = GroupId::new([1; 16]);

pub(super) fn user(name: &str) -> UserUri {
    UserUri::new("example.org", &name.parse().unwrap()).unwrap()
}

pub(super) fn client(name: &str) -> ClientUri {
    user(name).client(DeviceId([name.len() as u8; 8]))
}

pub(super) fn id(number: u32) -> MessageId {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    MessageId::new(bytes)
}

pub(super) fn account() -> AccountRow {
    AccountRow {
        user: user("ana"),
        name: None,
        device: DeviceId([3; 8]),
        service: ServiceKind::Own,
        service_key: [1; 32],
        authority_key: [2; 32],
        identity_handle: KeyHandle::new("identity"),
        device_handle: KeyHandle::new("device"),
        identity_certificate: Bytes::from_static(b"identity"),
        device_certificate: Bytes::from_static(b"device"),
        created: Timestamp(1),
        inbox_cursor: Seq(0),
    }
}

pub(super) fn head(epoch: u64) -> GroupHead {
    GroupHead {
        name: "Garden".into(),
        status: GroupStatus::Active,
        epoch: Epoch(epoch),
        tree_hash: Bytes::from_static(&[8; 32]),
        epoch_authenticator: Bytes::from_static(&[9; 32]),
        policy: Bytes::from_static(b"policy"),
        cipher_suite: 1,
        own_leaf: 0,
        own_role: Role::Owner,
        people: 2,
        devices: 3,
        key_renewed: Timestamp(5),
        renewal: Renewal::Leaf,
        added_by: Some(user("ben").client(DeviceId([4; 8]))),
        parent: Some(CommitHash::new([6; 32])),
        stated: Timestamp(4),
        behind: None,
    }
}

/// Ana's store, with one group.
pub(super) fn in_a_group() -> (Store, Generation) {
    let store = Store::open_temporary(&KEY).unwrap();
    let generation = store
        .write(|tx| {
            tx.put_account(&account())?;
            begin(tx, &GROUP)
        })
        .unwrap();
    (store, generation)
}

/// A new shown generation with a head.
pub(super) fn begin(tx: &mut Tx<'_>, group: &GroupId) -> Result<Generation, Error> {
    let generation = tx.start_generation(group, &KeyHandle::new("leaf"), Timestamp(10))?;
    tx.promote(&generation)?;
    tx.put_head(&generation, &head(1))?;
    Ok(generation)
}

pub(super) fn text(text: &str) -> MessageKind {
    MessageKind::Text { text: text.into(), format: TextFormat::Plain }
}

pub(super) fn message(number: u32, sender: &str, seq: u64, kind: MessageKind) -> MessageRow {
    MessageRow {
        message: id(number),
        sender: client(sender),
        epoch: Epoch(1),
        seq: Seq(seq),
        at: Timestamp(1000 + seq),
        kind,
        in_reply_to: None,
        content: Bytes::from(format!("content of {number}")),
    }
}

pub(super) fn own(number: u32, kind: MessageKind) -> OwnMessage {
    OwnMessage {
        message: id(number),
        sender: client("ana"),
        epoch: Epoch(1),
        at: Timestamp(500),
        kind,
        in_reply_to: None,
        content: Bytes::from(format!("content of {number}")),
    }
}

/// The next rows of a membership log, chained.
pub(super) struct Log {
    next: u64,
    chain: [u8; 32],
}

impl Log {
    pub(super) fn new() -> Self {
        Self { next: 0, chain: [0; 32] }
    }

    pub(super) fn row(&mut self, seq: u64, kind: MembershipKind, actor: &str, target: &str) -> MembershipRow {
        let row_hash: [u8; 32] = Sha256::digest(self.next.to_be_bytes()).into();
        self.chain = Sha256::new().chain_update(self.chain).chain_update(row_hash).finalize().into();
        let row = MembershipRow {
            index: self.next,
            kind,
            actor: Some(client(actor)),
            target: Some(user(target)),
            devices: 1,
            name: None,
            role: None,
            epoch: Epoch(seq),
            at: Timestamp(1000 + seq),
            seq: Seq(seq),
            commit: CommitHash::new([seq as u8; 32]),
            row_hash,
            chain_hash: self.chain,
        };
        self.next += 1;
        row
    }
}

pub(super) fn page(store: &Store) -> Vec<TimelineRow> {
    store.read(|view| view.timeline(&GROUP, PageFrom::Newest, 200)).unwrap().rows
}

/// The messages of the timeline, in order.
pub(super) fn shown(store: &Store) -> Vec<MessageView> {
    let only_messages = |row: TimelineRow| match row.body {
        RowBody::Message(message) => Some(*message),
        _ => None,
    };
    page(store).into_iter().filter_map(only_messages).collect()
}

pub(super) fn texts(store: &Store) -> Vec<String> {
    shown(store)
        .into_iter()
        .map(|message| match message.body {
            MessageBody::Text { text, .. } => text,
            MessageBody::Deleted => "(deleted)".into(),
            MessageBody::Unknown { content_type } => format!("({content_type})"),
        })
        .collect()
}

pub(super) fn entry(store: &Store) -> GroupEntry {
    store.read(|view| view.groups()).unwrap().remove(0)
}

pub(super) fn secret(epoch: u64, byte: u8) -> EpochSecret {
    EpochSecret { epoch: Epoch(epoch), bytes: SecretBytes::from(vec![byte; 70]) }
}

pub(super) fn leaf(leaf: u32, name: &str, role: Role) -> RosterEntry {
    RosterEntry {
        leaf,
        client: client(name),
        role,
        identity_key: [leaf as u8; 32],
        signature_key: Bytes::from(vec![leaf as u8; 32]),
        since_epoch: Epoch(leaf.into()),
        since: Timestamp(100 + u64::from(leaf)),
    }
}

/// A submission under way in epoch 1.
pub(super) fn submission(number: u8, body: SubmissionBody) -> SubmissionRow {
    let submission = Submission { id: SubmissionId::new([number; 16]), epoch: Epoch(1), body };
    SubmissionRow { submission, intent: None, message: None, accepted: None }
}

/// Ana's store, whose group has MLS state.
pub(super) fn with_state() -> (Store, Generation) {
    let (store, generation) = in_a_group();
    store
        .write(|tx| {
            tx.put_state(&generation, &secret(1, 1), &[secret(0, 0)], Epoch(0))?;
            tx.put_tree(&generation, Epoch(1), &[8; 32], b"tree")
        })
        .unwrap();
    (store, generation)
}

pub(super) fn load(store: &Store, generation: &Generation) -> Saved {
    store.read(|view| view.saved(generation)).unwrap().unwrap()
}

/// Messages from others, in log order, numbered from 1.
pub(super) fn tell(store: &Store, generation: &Generation, told: &[(&str, MessageKind)]) {
    store
        .write(|tx| {
            for (number, (sender, kind)) in (1..).zip(told) {
                assert!(tx.add_message(generation, &message(number, sender, number.into(), kind.clone()))?);
            }
            Ok(())
        })
        .unwrap();
}
