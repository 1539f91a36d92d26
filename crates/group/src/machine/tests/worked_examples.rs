//! The worked examples of docs/protocol.md, computed by the code that they describe: the document states what these
//! functions return. With `CONCLAVE_WRITE_EXAMPLES=1` in its environment, the test writes them into the document.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use conclave_protocol::certificate::{CERTIFICATE_BYTES_MAX, Subject, Validity, issue};
use conclave_protocol::signing::{self, AccessPurpose};
use conclave_protocol::{
    ClientUri, CommitHash, DeviceId, Epoch, GroupId, GroupName, PersonName, Timestamp, UserUri, limits, wire,
};
use conclave_record::{AccessSeed, TextFormat};
use ed25519_dalek::{Signer as _, SigningKey};
use mls_rs::{CipherSuiteProvider, CryptoProvider};
use mls_rs_codec::{MlsDecode, MlsEncode};
use mls_rs_core::crypto::CipherSuite;
use prost::Message as _;

use super::world::World;
use crate::content::{CONTENT_BYTES_MAX, Content, message_id};
use crate::credential::{HandleCrypto, HandleSuite};
use crate::machine::access;
use crate::machine::tree_blob::TreeRef;
use crate::parameters::{self, ACCESS_LABEL};
use crate::policy::GroupPolicy;
use crate::signer::MemorySigner;

const BEGIN: &str = "<!-- worked examples: made by a test, not by hand -->\n";
const END: &str = "<!-- end of the worked examples -->\n";
const DOMAIN: &str = "chat.example";
const LOG: GroupId = GroupId::new([0x07; 16]);
const EPOCH: Epoch = Epoch(3);
const NONCE: [u8; 32] = [0x0a; 32];
const CLIENT_NONCE: [u8; 32] = [0x0c; 32];
const EXPORTER_SECRET: [u8; 32] = [0x0b; 32];
/// The validity period of the certificates.
const VALIDITY: Validity = Validity { not_before_s: 1_750_000_000, not_after_s: 1_800_000_000 };

fn document() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "docs", "protocol.md"].iter().collect()
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn public(seed: u8) -> [u8; 32] {
    key(seed).verifying_key().to_bytes()
}

fn alice() -> UserUri {
    format!("mimi://{DOMAIN}/u/alice").parse().unwrap()
}

fn device() -> ClientUri {
    alice().client(DeviceId([1, 2, 3, 4, 5, 6, 7, 8]))
}

fn suite() -> HandleSuite {
    let crypto = HandleCrypto::new(Arc::new(MemorySigner::default()));
    crypto.cipher_suite_provider(CipherSuite::CURVE25519_AES128).unwrap()
}

/// ExpandWithLabel (RFC 9420 §8).
fn expand_with_label(secret: &[u8], label: &[u8], context: &[u8], length: u16) -> Vec<u8> {
    let label = [b"MLS 1.0 ", label].concat();
    let mut info = length.to_be_bytes().to_vec();
    for part in [label.as_slice(), context] {
        info.push(u8::try_from(part.len()).unwrap());
        info.extend(part);
    }
    suite().kdf_expand(secret, &info, usize::from(length)).unwrap().to_vec()
}

/// MLS-Exporter (RFC 9420 §8.5) with the access keys' label, no context and 32 bytes.
fn access_seed(exporter_secret: &[u8]) -> [u8; 32] {
    let derived = expand_with_label(exporter_secret, ACCESS_LABEL, &[], 32);
    let context = suite().hash(&[]).unwrap();
    expand_with_label(&derived, b"exported", &context, 32).try_into().unwrap()
}

/// The examples as the document has them.
#[derive(Default)]
struct Examples(String);

impl Examples {
    fn head(&mut self, title: &str) {
        let lead = if self.0.is_empty() { "" } else { "```\n\n" };
        write!(self.0, "{lead}**{title}**\n\n```text\n").unwrap();
    }

    fn bytes(&mut self, name: &str, bytes: impl AsRef<[u8]>) {
        let hex = hex::encode(bytes);
        for (number, part) in hex.as_bytes().chunks(88).enumerate() {
            let name = if number == 0 { name } else { "" };
            writeln!(self.0, "{name:<24} {}", std::str::from_utf8(part).unwrap()).unwrap();
        }
    }

    fn text(&mut self, name: &str, text: impl std::fmt::Display) {
        writeln!(self.0, "{}", format!("{name:<24} {text}").trim_end()).unwrap();
    }

    fn signed(&mut self, by: &SigningKey, bytes: &[u8]) {
        self.bytes("signed", bytes);
        self.bytes("signature", by.sign(bytes).to_bytes());
    }

    fn end(mut self) -> String {
        self.0.push_str("```\n");
        self.0
    }
}

fn all() -> String {
    let mut to = Examples::default();
    numbers(&mut to);
    keys(&mut to);
    openings(&mut to);
    certificates(&mut to);
    access_keys(&mut to);
    policy(&mut to);
    tree_blob(&mut to);
    message(&mut to);
    to.end()
}

fn numbers(to: &mut Examples) {
    to.head("Bounds, in bytes where nothing else is said");
    for (name, most) in [
        ("frame", limits::FRAME_BYTES_MAX),
        ("message of an entry", limits::MESSAGE_BYTES_MAX),
        ("commit", limits::COMMIT_BYTES_MAX),
        ("Welcome", limits::WELCOME_BYTES_MAX),
        ("clients added", limits::ADDS_PER_COMMIT_MAX),
        ("key package", limits::KEY_PACKAGE_BYTES_MAX),
        ("key packages", limits::KEY_PACKAGES_MAX),
        ("blob", limits::BLOB_BYTES_MAX),
        ("entries in a page", limits::LOG_ENTRIES_MAX),
        ("bytes in a page", limits::LOG_ENTRIES_BYTES_MAX),
        ("certificate", CERTIFICATE_BYTES_MAX),
        ("group name", GroupName::BYTES_MAX),
        ("person's name", PersonName::BYTES_MAX),
        ("room", parameters::ROOM_URI_BYTES_MAX),
        ("grounds", parameters::GROUNDS_BYTES_MAX),
        ("text", limits::TEXT_BYTES_MAX),
        ("content", CONTENT_BYTES_MAX),
    ] {
        to.text(name, most);
    }
    to.text("former epochs", limits::EPOCHS_RETAINED);
    to.text("time ahead, in ms", limits::STATED_AHEAD_MS_MAX);
    to.text("key package, in s", parameters::LIFETIME_S_MAX);
    to.text("sequence number", limits::SEQ_MAX);
    to.text("epoch, time in ms", limits::NUMBER_MAX);
}

fn keys(to: &mut Examples) {
    to.head("Keys of these examples: seeds of 32 equal bytes, and what is public of them");
    for (name, seed) in
        [("service key", 1), ("authority key", 2), ("identity key", 3), ("device key", 4), ("leaf key", 5)]
    {
        to.bytes(&format!("{name}, {seed:02x}…"), public(seed));
    }
    to.text("client", device());
    to.bytes("its inbox", device().inbox().as_bytes());
}

fn openings(to: &mut Examples) {
    to.head("Opening a connection (§2): by the service, the device and the identity key");
    to.bytes("client nonce", CLIENT_NONCE);
    to.bytes("nonce", NONCE);
    to.text("Welcome", "");
    to.signed(&key(1), &signing::service_hello(&CLIENT_NONCE, &NONCE, DOMAIN, &public(2)));
    to.text("Authenticate", "");
    to.signed(&key(4), &signing::authenticate(&public(1), &NONCE));
    to.text("Enrol as alice", "");
    to.signed(&key(3), &signing::enrol(&public(1), &NONCE, "alice"));
}

fn certificates(to: &mut Examples) {
    to.head("Certificates (§3), valid from 1,750,000,000 to 1,800,000,000 seconds");
    let made = |subject: &Subject, of: u8, by: u8| {
        let sign = |bytes: &[u8]| Ok::<_, std::convert::Infallible>(key(by).sign(bytes).to_bytes());
        issue(subject, &public(of), VALIDITY, [0x11; 16], sign).unwrap()
    };
    to.bytes("identity", made(&Subject::Identity(alice()), 3, 2).der());
    to.bytes("device", made(&Subject::Device(device()), 4, 3).der());
    to.bytes("leaf", made(&Subject::Leaf(device()), 5, 4).der());
}

fn access_keys(to: &mut Examples) {
    to.head("Access keys and proofs (§5.1), in suite 1");
    let seed = AccessSeed { epoch: EPOCH, seed: access_seed(&EXPORTER_SECRET) };
    let access = access::access_key(&seed);
    to.bytes("exporter_secret", EXPORTER_SECRET);
    to.bytes("seed", seed.seed);
    to.bytes("access key", access.verifying_key().to_bytes());
    to.bytes("log", LOG.as_bytes());
    to.text("epoch", EPOCH.0);
    to.text("a proof for reading", "");
    to.signed(&access, &signing::access(&public(1), &LOG, EPOCH, &NONCE, AccessPurpose::Read));
    let message = b"\x00\x01\x00\x02 and so on".as_slice();
    let kind = wire::EntryKind::Application.into();
    let entry = wire::Entry { submission: vec![9; 16].into(), epoch: EPOCH.0, kind, message: message.into() };
    let entry = entry.encode_to_vec();
    to.text("a proof for an entry", "");
    to.bytes("entry", &entry);
    to.signed(&access, &signing::access(&public(1), &LOG, EPOCH, &NONCE, AccessPurpose::Submit(&entry)));
    let (stated, commit) = (Timestamp(1_760_000_000_000), CommitHash::of(message));
    to.text(
        "next_access_signature",
        format!("of a bundle of epoch {} with stated_ms {}", EPOCH.0 - 1, stated.0),
    );
    to.bytes("commit", message);
    to.bytes("signed", signing::next_access(&LOG, EPOCH, stated, &commit));
    to.bytes("signature", access::sign_commit(&seed, &LOG, stated, &commit));
}

fn policy(to: &mut Examples) {
    to.head("The policy extension (§5.10) of a new group");
    let policy = GroupPolicy::new(&LOG, "Harbour".to_owned(), &alice());
    let bytes = policy.encode();
    assert_eq!(GroupPolicy::decode(&bytes), Ok(policy));
    to.bytes("extension_data", bytes);
}

fn tree_blob(to: &mut Examples) {
    to.head("A tree that travels apart (§5.11), in suite 1");
    let extension = [[0x21; 16].as_slice(), &[16], &[0x22; 16]].concat();
    let reference = TreeRef::mls_decode(&mut extension.as_slice()).unwrap();
    assert_eq!(reference.mls_encode_to_vec().unwrap(), extension);
    let (nonce, tree) = ([0x23; 12], b"an encoded ratchet tree");
    let sealed = suite().aead_seal(&[0x22; 16], tree, Some(&reference.id()), &nonce).unwrap();
    let blob = [nonce.as_slice(), &sealed].concat();
    let mut world = World::new(&["alice"]);
    let env = world.client("alice").env();
    assert_eq!(reference.open(&env, CipherSuite::CURVE25519_AES128, &blob).unwrap(), tree);
    to.bytes("extension_data", extension);
    to.bytes("tree", tree);
    to.bytes("blob", blob);
}

fn message(to: &mut Examples) {
    to.head("A message (§5.12): \"Hello\" as plain text");
    let (salt, room) = ([0x31; 16], format!("mimi://{DOMAIN}/r/{LOG}"));
    let content = Content::text(salt, "Hello", TextFormat::Plain).encode().unwrap();
    to.bytes("content", &content);
    to.text("room", &room);
    to.bytes("message id", message_id(&alice(), &room, &content, &salt).as_bytes());
}

#[test]
fn the_document_has_the_examples_that_the_code_makes() {
    let text = std::fs::read_to_string(document()).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the document has a place for them");
    let (found, after) = rest.split_once(END).expect("the place has an end");
    let made = format!("\n{}\n", all());
    if std::env::var_os("CONCLAVE_WRITE_EXAMPLES").is_some() {
        std::fs::write(document(), [before, BEGIN, &made, END, after].concat()).unwrap();
        return;
    }
    let differs = found.lines().zip(made.lines()).find(|(found, made)| found != made);
    assert!(found == made, "CONCLAVE_WRITE_EXAMPLES=1 rewrites the document; it differs at {differs:?}");
}

/// The examples' manual computation is what a group does: its state holds a secret from which its access key is
/// derived.
#[test]
fn an_access_key_comes_from_the_exporter_secret_as_the_document_says() {
    let world = World::in_a_group(&["alice", "bob"]);
    let client = world.clients.first().unwrap();
    let wanted = access::seed_of(&client.machine.as_ref().unwrap().group).unwrap().seed;
    let state = client.store.written.iter().rev();
    let found =
        state.flat_map(|bytes| bytes.windows(32).collect::<Vec<_>>()).any(|w| access_seed(w) == wanted);
    assert!(found);
}
