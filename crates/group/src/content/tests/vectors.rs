//! Test vectors, derived by hand from draft §4 and RFC 8949 §3: a major type and a length in each leading byte.

use conclave_record::TextFormat;

use super::*;

#[test]
fn text() {
    let vector = bytes(
        "87                                     # array of 7
           50 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  # salt: 16 bytes
           f6                                   # replaces: null
           40                                   # topicId: 0 bytes
           f6                                   # expires: null
           f6                                   # inReplyTo: null
           a0                                   # extensions: map of 0
           85                                   # part: array of 5
             01                                 #   render
             60                                 #   language: empty text
             01                                 #   single
             78 18                              #   contentType: text of 24, in one more byte
               746578742f706c61696e             #     text/plain
               3b 636861727365743d 7574662d38   #     ;charset=utf-8
             45 68656c6c6f                      #   content: 5 bytes, hello",
    );
    same(&Content::text(SALT, "hello", TextFormat::Plain), &vector);
}

/// Also the example of docs/protocol.md §5.8.
#[test]
fn profile() {
    let vector = bytes(
        "87
           50 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
           f6 40 f6 f6 a0
           85
             03                                     # profile
             60 01
             78 18 746578742f706c61696e3b636861727365743d7574662d38
             44 5a6fc3ab                            # Zo\u{eb}",
    );
    let name = conclave_protocol::PersonName::clean("Zo\u{eb}").unwrap();
    same(&Content::profile(SALT, &name), &vector);
    let written = include_str!("../../../../../docs/protocol.md").replace(char::is_whitespace, "");
    assert!(written.contains(&hex::encode(&vector)), "the example in the document");
}

#[test]
fn reaction() {
    let vector = bytes(
        "87
           50 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
           f6 40 f6
           58 20 0707070707070707 0707070707070707  # inReplyTo: 32 bytes, length in one more byte
                 0707070707070707 0707070707070707
           a0
           85
             02                                     # reaction
             60 01
             78 18 746578742f706c61696e3b636861727365743d7574662d38
             43 e29da4                              # U+2764 in UTF-8",
    );
    same(&Content::reaction(SALT, id(7), "❤"), &vector);
}

#[test]
fn reaction_taken_back() {
    let vector = bytes(
        "87
           50 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
           58 20 0909090909090909 0909090909090909  # replaces
                 0909090909090909 0909090909090909
           40 f6
           58 20 0707070707070707 0707070707070707  # inReplyTo
                 0707070707070707 0707070707070707
           a0
           83 02 60 00                              # array of 3: reaction, no language, null part",
    );
    same(&Content::unreact(SALT, id(9), id(7)), &vector);
}

#[test]
fn expiry() {
    let at = |expires| Content { expires: Some(expires), ..empty() };
    let whole = |expires: &str| {
        bytes(&format!("87 50 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa f6 40 {expires} f6 a0 83 01 60 00"))
    };
    // Array of 2: true, 3600 in two more bytes.
    same(&at(Expiration::AfterReading(3600)), &whole("82 f5 19 0e10"));
    // Array of 2: false, 1,800,000,000 in four more bytes.
    same(&at(Expiration::At(1_800_000_000)), &whole("82 f4 1a 6b49d200"));
    // 23 is the last number that fits the leading byte.
    same(&at(Expiration::AfterReading(23)), &whole("82 f5 17"));
    same(&at(Expiration::AfterReading(24)), &whole("82 f5 18 18"));
}

#[test]
fn external() {
    let external = External {
        content_type: "image/png".to_owned(),
        url: "https://a.b/c".to_owned(),
        expires_s: 0,
        size: 70_000,
        enc_alg: 1,
        key: Zeroizing::new(vec![0x11; 16]),
        nonce: vec![0x22; 12],
        aad: Vec::new(),
        hash_alg: 1,
        content_hash: vec![0x33; 4],
        description: String::new(),
        filename: "c.png".to_owned(),
    };
    let vector = with_part(
        "8f                                      # array of 15
           06                                    # attachment
           62 656e                               # language: en
           02                                    # external
           69 696d6167652f706e67                 # contentType: image/png
           6d 68747470733a2f2f612e622f63         # url: https://a.b/c
           00                                    # expires: never
           1a 00011170                           # size: 70,000
           01                                    # encAlg: AES-128-GCM
           50 11111111111111111111111111111111   # key
           4c 222222222222222222222222           # nonce
           40                                    # aad
           01                                    # hashAlg: SHA-256
           44 33333333                           # contentHash
           60                                    # description
           65 632e706e67                         # filename: c.png",
    );
    let body = Body::External(Box::new(external));
    let part = Part { disposition: Disposition::ATTACHMENT, language: "en".to_owned(), body };
    same(&Content { part, ..empty() }, &vector);
}

#[test]
fn two_parts_to_choose_from() {
    let vector = with_part(
        "85
           01 60                                            # render, no language
           03                                               # multi
           00                                               # choose one
           82                                               # array of 2
             85 01 62 6465 01 6a 746578742f706c61696e       #   render, de, single, text/plain
                45 48616c6c6f                               #     Hallo
             85 18 63 60 01 63 612f62 41 ff                 #   disposition 99, single, a/b, one byte",
    );
    let one = |disposition, language: &str, kind: &str, content: &[u8]| Part {
        disposition,
        language: language.to_owned(),
        body: Body::Single { content_type: kind.to_owned(), content: content.to_vec() },
    };
    let parts = vec![
        one(Disposition::RENDER, "de", "text/plain", b"Hallo"),
        one(Disposition(99), "", "a/b", &[0xff]),
    ];
    let body = Body::Multi { semantics: Semantics::ChooseOne, parts };
    let part = Part { disposition: Disposition::RENDER, language: String::new(), body };
    same(&Content { part, ..empty() }, &vector);
}

#[test]
fn extensions_in_the_order_of_their_bytes() {
    let vector = with_extensions(
        "a6                    # map of 6
           01 61 61            # 1: a
           0a 00               # 10: 0
           18 64 f5            # 100: true
           20 f6               # -1: null
           61 7a 80            # z: []
           62 6161 a1 41 00 c1 00  # aa: map of 1, key of one byte, tag 1 on 0",
    );
    let content = Content::decode(&vector).unwrap();
    let keys: Vec<_> = content.extensions.keys().cloned().collect();
    let int = |key| ExtensionKey::int(key).unwrap();
    let text = |key| ExtensionKey::text(key).unwrap();
    assert_eq!(keys, [int(1), int(10), int(100), int(-1), text("z"), text("aa")]);
    assert_eq!(content.extensions[&int(1)].as_text(), Some("a"));
    assert_eq!(content.extensions[&int(10)].as_text(), None);
    same(&content, &vector);
}

/// The first example of the draft (§5.1) and the id it is published with.
#[test]
fn the_published_id() {
    let (sender, room) = ("mimi://example.com/u/alice-smith", "mimi://example.com/r/engineering_team");
    let salt = hex::decode("5eed9406c2545547ab6f09f20a18b003").unwrap().try_into().unwrap();
    let said = "Hi everyone, we just shipped release 2.0. __Good  work__!";
    let mut content = Content::text(salt, said, TextFormat::Markdown);
    content.extensions.insert(ExtensionKey::SENDER_URI, CborValue::text(sender));
    content.extensions.insert(ExtensionKey::ROOM_URI, CborValue::text(room));
    let encoded = content.encode().unwrap();
    let id = message_id(&sender.parse::<UserUri>().unwrap(), room, &encoded, &salt);
    assert_eq!(id.to_hex(), "017ce54837404c3696e0c747b985cb172716d0ed0a3d249ca63ace7d82a096f4");
    assert!(content.is_from(sender, room));
    assert!(!content.is_from("mimi://example.com/u/bob", room));
    assert!(!content.is_from(sender, "mimi://example.com/r/other"));
    assert!(empty().is_from(sender, room));
}
