//! The format on disk: a change here is a migration, made on purpose.

use conclave_record::*;
use rusqlite::Connection;

use super::fixture::KEY;
use crate::row::*;
use crate::{Store, schema};

const SCHEMA: &str = include_str!("schema.snapshot.sql");

#[test]
fn the_schema_is_the_one_that_was_decided_on() {
    let store = Store::open_temporary(&KEY).unwrap();
    let conn = store.raw();
    let mut statement = conn
        .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type, name")
        .unwrap();
    let all: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let found = all.join(";\n\n") + ";\n";
    assert_eq!(found, SCHEMA, "the schema changed; it is now:\n{found}");
}

#[test]
fn the_header_says_whose_file_it_is() {
    let store = Store::open_temporary(&KEY).unwrap();
    let conn = store.raw();
    let number = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!((number("PRAGMA application_id"), number("PRAGMA user_version")), (0x434e_4356, 12));
}

#[test]
fn the_connection_is_set_up_the_one_way() {
    let store = Store::open_temporary(&KEY).unwrap();
    let check = |conn: &Connection, pragma: &str| {
        conn.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, rusqlite::types::Value>(0))
            .unwrap()
    };
    let conn = store.raw();
    assert_eq!(check(&conn, "journal_mode"), rusqlite::types::Value::Text("wal".into()));
    let numbers = [("synchronous", 2), ("secure_delete", 1), ("foreign_keys", 1), ("temp_store", 2)];
    for (pragma, value) in numbers {
        assert_eq!(check(&conn, pragma), rusqlite::types::Value::Integer(value), "{pragma}");
    }
    assert_eq!(schema::found(&conn).unwrap(), schema::Found::Ours { version: 12 });
}

#[test]
fn enums_keep_their_integers() {
    fn codes<T: Code>(name: &str) -> String {
        let codes: Vec<String> = T::ALL.iter().map(|code| format!("{code:?}={}", code.stored())).collect();
        assert!(
            T::ALL.iter().all(|code| T::from_stored(code.stored()).map(Code::stored) == Some(code.stored()))
        );
        format!("{name}: {}\n", codes.join(" "))
    }
    let found: String = [
        codes::<Counts>("Counts"),
        codes::<FailReason>("FailReason"),
        codes::<IntentCode>("IntentCode"),
        codes::<IntentState>("IntentState"),
        codes::<MembershipKind>("MembershipKind"),
        codes::<MessageCode>("MessageCode"),
        codes::<Renewal>("Renewal"),
        codes::<Role>("Role"),
        codes::<RowCode>("RowCode"),
        codes::<ServiceCode>("ServiceCode"),
        codes::<StateCode>("StateCode"),
        codes::<StatusCode>("StatusCode"),
        codes::<SubmissionCode>("SubmissionCode"),
        codes::<TextFormat>("TextFormat"),
        codes::<UnreadableCause>("UnreadableCause"),
    ]
    .concat();
    assert_eq!(
        found,
        "Counts: Nothing=0 Unread=1 Unseen=2\n\
         FailReason: Refused=0 NotAllowed=1 NotAMember=2 BadKeyPackage=3 GroupBroken=4 TooManyAttempts=5 NotBuilt=6\n\
         IntentCode: Send=0 Add=1 Remove=2 Rename=3 Update=4 Leave=5 Profile=6\n\
         IntentState: Queued=0 Submitted=1 Failed=2\n\
         MembershipKind: Created=0 Added=1 Removed=2 Left=3 RoleChanged=4 Renamed=5 PolicyChanged=6 KeyRotated=7 KeysRenewed=8\n\
         MessageCode: Text=0 Reaction=1 Edit=2 Delete=3 Unknown=4\n\
         Renewal: Done=0 Leaf=1 Signer=2\n\
         Role: Member=0 Admin=1 Owner=2\n\
         RowCode: Message=0 Membership=1 Unreadable=2 NeedsSetup=3 ChangeFailed=4\n\
         ServiceCode: Own=0 Local=1 Server=2\n\
         StateCode: Received=0 Queued=1 Sent=2 Failed=3\n\
         StatusCode: Creating=0 Active=1 Leaving=2 Left=3 Removed=4 Broken=5\n\
         SubmissionCode: Commit=0 Entry=1\n\
         TextFormat: Plain=0 Markdown=1\n\
         UnreadableCause: Damaged=0 KeyGone=1 TooOld=2 OtherEpoch=3 SenderGone=4 BadContent=5 RefusedChange=6 Diverged=7 Missing=8 SetBack=9\n"
    );
}
