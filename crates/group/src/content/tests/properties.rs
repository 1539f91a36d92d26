//! Properties of every content, and of bytes that are not one.

use super::*;

fn any_id() -> impl Strategy<Value = MessageId> {
    any::<[u8; 32]>().prop_map(MessageId::new)
}

fn any_value() -> impl Strategy<Value = CborValue> {
    let float = any::<f64>().prop_filter_map("as short as it gets", |value| {
        let mut to = minicbor::Encoder::new(Vec::new());
        to.f64(value).unwrap();
        CborValue::new(to.into_writer()).ok()
    });
    let int = any::<i64>().prop_map(|value| {
        let mut to = minicbor::Encoder::new(Vec::new());
        to.array(2).unwrap().i64(value).unwrap().bool(true).unwrap();
        CborValue::new(to.into_writer()).unwrap()
    });
    prop_oneof![".{0,40}".prop_map(|text| CborValue::text(&text)), int, float]
}

fn any_extensions() -> impl Strategy<Value = Extensions> {
    let int = (-((1i64 << 53) - 1)..1 << 53).prop_map(|key| ExtensionKey::int(key).unwrap());
    let small = (-300i64..300).prop_map(|key| ExtensionKey::int(key).unwrap());
    let text = ".{1,20}".prop_map(|key| ExtensionKey::text(&key).unwrap());
    proptest::collection::btree_map(prop_oneof![int, small, text], any_value(), 0..6)
}

fn any_part() -> impl Strategy<Value = Part> {
    let part = |body: BoxedStrategy<Body>| {
        (any::<u8>(), "[a-z]{0,5}", body).prop_map(|(disposition, language, body)| Part {
            disposition: Disposition(disposition),
            language,
            body,
        })
    };
    let single = ("[a-z/]{0,30}", proptest::collection::vec(any::<u8>(), 0..300))
        .prop_map(|(content_type, content)| Body::Single { content_type, content });
    let external = (any::<(u32, u64, u16, u8)>(), any::<[u8; 12]>(), ".{0,30}").prop_map(
        |((expires_s, size, enc_alg, hash_alg), bytes, text)| {
            Body::External(Box::new(External {
                content_type: text.clone(),
                url: text.clone(),
                expires_s,
                size,
                enc_alg,
                key: Zeroizing::new(bytes.to_vec()),
                nonce: bytes.to_vec(),
                aad: Vec::new(),
                hash_alg,
                content_hash: bytes.to_vec(),
                description: text.clone(),
                filename: text,
            }))
        },
    );
    let leaf = part(prop_oneof![Just(Body::Null), single, external].boxed());
    leaf.prop_recursive(3, 20, 3, move |inner| {
        let semantics =
            prop_oneof![Just(Semantics::ChooseOne), Just(Semantics::SingleUnit), Just(Semantics::ProcessAll)];
        let body = (semantics, proptest::collection::vec(inner, 2..4))
            .prop_map(|(semantics, parts)| Body::Multi { semantics, parts });
        part(body.boxed())
    })
}

fn any_content() -> impl Strategy<Value = Content> {
    let expires = any::<(bool, u32)>()
        .prop_map(|(relative, s)| if relative { Expiration::AfterReading(s) } else { Expiration::At(s) });
    (
        any::<[u8; 16]>(),
        proptest::option::of(any_id()),
        proptest::collection::vec(any::<u8>(), 0..40),
        proptest::option::of(expires),
        proptest::option::of(any_id()),
        any_extensions(),
        any_part(),
    )
        .prop_map(|(salt, replaces, topic_id, expires, in_reply_to, extensions, part)| Content {
            salt,
            replaces,
            topic_id,
            expires,
            in_reply_to,
            extensions,
            part,
        })
}

proptest! {
    #[test]
    fn what_is_written_reads_back(content in any_content()) {
        let encoded = content.encode().unwrap();
        let read = Content::decode(&encoded).unwrap();
        prop_assert!(read == content);
        let _ = Meaning::of(&read);
    }

    /// Whatever decodes has exactly one encoding: the one it was decoded from.
    #[test]
    fn changed_bytes_are_refused_or_read_as_they_are(
        content in any_content(),
        at in any::<prop::sample::Index>(),
        change in 1..=255u8,
    ) {
        let mut encoded = content.encode().unwrap();
        let at = at.index(encoded.len());
        encoded[at] ^= change;
        if let Ok(read) = Content::decode(&encoded) {
            prop_assert_eq!(read.encode().unwrap(), encoded);
            prop_assert!(read != content);
        }
    }

    #[test]
    fn spliced_bytes_are_refused_or_read_as_they_are(
        content in any_content(),
        at in any::<prop::sample::Index>(),
        cut in 0..20usize,
        insert in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut encoded = content.encode().unwrap();
        let at = at.index(encoded.len());
        let end = (at + cut).min(encoded.len());
        encoded.splice(at..end, insert);
        if let Ok(read) = Content::decode(&encoded) {
            prop_assert_eq!(read.encode().unwrap(), encoded);
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(tail in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Content::decode(&tail);
        let head = bytes("87 50 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa f6 40 f6 f6");
        let _ = Content::decode(&[head.as_slice(), &tail].concat());
        let _ = CborValue::new(tail);
    }
}
