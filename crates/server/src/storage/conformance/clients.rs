//! What the service keeps of clients: inboxes, key packages, blobs, accounts, allowances.

use super::*;

pub(super) fn inboxes_end_when_their_client_does_not_come(tables: &dyn Tables) {
    let (dead, alive) = (InboxId::new([1; 16]), InboxId::new([2; 16]));
    let day = |n: u64| Timestamp(n * DAY_MS + 7);
    let time = |now, before| Expiry { now: day(now), before: day(before) };
    for inbox in [&dead, &alive] {
        tables.open_inbox(inbox, day(1)).unwrap();
        for _ in 0..3 {
            tables.put_in_inbox(inbox, Origin(1), b"welcome").unwrap();
        }
    }
    tables.open_inbox(&alive, day(5)).unwrap();
    assert_eq!(tables.trim_inboxes(time(9, 1), ROWS).unwrap(), Trimmed::Nothing);
    // Its entries are deleted in steps, then the inbox.
    let step = Step { rows: 9, bytes: 14 };
    let mut steps = 0;
    while tables.trim_inboxes(time(9, 5), step).unwrap() == Trimmed::Some {
        steps += 1;
    }
    assert_eq!(steps, 3);
    assert_eq!(tables.inbox_load(&dead).unwrap(), None);
    assert_eq!(tables.inbox_load(&alive).unwrap().unwrap().entries, 3);
    // The inbox of a client that connected while the clock was ahead ends too.
    tables.open_inbox(&dead, day(1_000)).unwrap();
    tables.trim_inboxes(time(9, 5), ROWS).unwrap();
    while tables.trim_inboxes(time(99, 10), ROWS).unwrap() == Trimmed::Some {}
    assert_eq!(tables.inbox_load(&dead).unwrap(), None);
}

pub(super) fn inboxes_count_what_they_hold(tables: &dyn Tables) {
    let (inbox, other) = (InboxId::new([1; 16]), InboxId::new([2; 16]));
    assert_eq!(tables.inbox_load(&inbox).unwrap(), None);
    let (here, there) = (Origin(-1), Origin(2));
    assert!(tables.put_in_inbox(&inbox, here, b"nowhere").is_err());
    tables.open_inbox(&inbox, Timestamp(1)).unwrap();
    tables.open_inbox(&other, Timestamp(1)).unwrap();
    for (n, origin) in [(1, here), (2, there), (3, here)] {
        assert_eq!(tables.put_in_inbox(&inbox, origin, b"welcome").unwrap(), Seq(n));
    }
    tables.open_inbox(&inbox, Timestamp(1)).unwrap();
    let of = |origin| tables.inbox_load_of(&inbox, origin).unwrap();
    assert_eq!([of(here), of(there), of(Origin(3))], [(2, 14), (1, 7), (0, 0)]);
    assert_eq!(tables.inbox_load_of(&other, here).unwrap(), (0, 0));
    let load = || {
        let load = tables.inbox_load(&inbox).unwrap().unwrap();
        (load.entries, load.bytes, load.head)
    };
    assert_eq!(load(), (3, 21, Seq(3)));
    let entries = tables.inbox_entries(&inbox, page(0, 9, 9, 999)).unwrap();
    assert_eq!(entries.iter().map(|entry| entry.seq.0).collect::<Vec<_>>(), [1, 2, 3]);
    tables.delete_from_inbox(&inbox, Seq(2)).unwrap();
    tables.delete_from_inbox(&inbox, Seq(2)).unwrap();
    assert_eq!(load(), (1, 7, Seq(3)));
    tables.delete_from_inbox(&inbox, Seq(u64::MAX)).unwrap();
    assert_eq!(load(), (0, 0, Seq(3)));
    assert_eq!(of(here), (0, 0));
    assert_eq!(tables.put_in_inbox(&inbox, here, b"next").unwrap(), Seq(4));
    assert_eq!(tables.inbox_entries(&other, page(0, 9, 9, 999)).unwrap(), []);
}

pub(super) fn key_packages_go_out_once(tables: &dyn Tables) {
    let client = |device: &str| -> ClientUri { format!("mimi://a.b/u/bob/d/{device}").parse().unwrap() };
    let (laptop, phone) = (client("0000000000000001"), client("0000000000000002"));
    let tablet = client("0000000000000003");
    let new = |text: &str, suite: u16, not_after: u64| NewKeyPackage {
        cipher_suite: suite,
        not_after: Timestamp(not_after),
        key_package: Bytes::copy_from_slice(text.as_bytes()),
    };
    let now = Timestamp(100);
    tables.put_key_package(&laptop, &new("expired", 1, 99)).unwrap();
    for text in ["one", "two", "one"] {
        tables.put_key_package(&laptop, &new(text, 1, 100)).unwrap();
    }
    tables.put_key_package(&laptop, &new("other suite", 2, 200)).unwrap();
    tables.put_last_resort(&phone, &new("old", 1, 200)).unwrap();
    tables.put_last_resort(&phone, &new("last", 1, 200)).unwrap();
    assert_eq!(tables.devices(laptop.user(), now).unwrap(), [laptop.clone(), phone.clone()]);
    assert_eq!(tables.count_key_packages(&laptop, Some(1), now).unwrap(), (2, false));
    assert_eq!(tables.count_key_packages(&laptop, None, now).unwrap(), (3, false));
    assert_eq!(tables.count_key_packages(&phone, None, now).unwrap(), (0, true));
    assert_eq!(tables.key_package_suites(&laptop).unwrap(), [1, 2]);
    for text in ["one", "two"] {
        let oldest = tables.oldest_key_package(&laptop, 1, now).unwrap().unwrap();
        assert_eq!(oldest.key_package, text);
        tables.hand_out(oldest.row).unwrap();
        tables.put_key_package(&laptop, &new(text, 1, 100)).unwrap();
    }
    assert_eq!(tables.oldest_key_package(&laptop, 1, now).unwrap(), None);
    assert_eq!(tables.last_resort(&phone, 1, now).unwrap().unwrap().key_package, "last");
    assert_eq!(tables.last_resort(&phone, 2, now).unwrap(), None);
    assert_eq!(tables.last_resort(&phone, 1, Timestamp(201)).unwrap(), None);
    // Withdrawn ones are never handed out, even if they are uploaded again.
    for text in ["three", "three"] {
        tables.put_key_package(&tablet, &new(text, 1, 200)).unwrap();
        tables.put_last_resort(&tablet, &new("last", 1, 200)).unwrap();
        assert!(tables.count_key_packages(&tablet, None, now).unwrap().1);
        tables.withdraw_key_packages(&tablet).unwrap();
        assert_eq!(tables.count_key_packages(&tablet, None, now).unwrap(), (0, false));
        assert_eq!(tables.oldest_key_package(&tablet, 1, now).unwrap(), None);
    }
    assert!(tables.last_resort(&phone, 1, now).unwrap().is_some(), "another device keeps its own");
    assert_eq!(tables.trim_key_packages(Timestamp(150), 2).unwrap(), Trimmed::Some);
    assert_eq!(tables.trim_key_packages(Timestamp(150), 2).unwrap(), Trimmed::Some);
    assert_eq!(tables.trim_key_packages(Timestamp(150), 2).unwrap(), Trimmed::Nothing);
    assert_eq!(tables.count_key_packages(&laptop, None, now).unwrap(), (1, false));
    // A last-resort one expires too, and its device then no longer counts.
    assert_eq!(tables.devices(laptop.user(), Timestamp(201)).unwrap(), []);
    assert_eq!(tables.trim_key_packages(Timestamp(201), 9).unwrap(), Trimmed::Some);
    assert_eq!(tables.last_resort(&phone, 1, now).unwrap(), None);
    assert_eq!(tables.devices(laptop.user(), now).unwrap(), []);
}

pub(super) fn blobs_and_accounts_are_kept(tables: &dyn Tables) {
    for n in 1..=3 {
        assert!(tables.put_blob(&[n; 16], Timestamp(n.into()), &[n]).unwrap());
    }
    assert!(!tables.put_blob(&[1; 16], Timestamp(9), &[9]).unwrap());
    assert_eq!(tables.blob(&[1; 16]).unwrap().unwrap(), [1].as_slice());
    assert_eq!(tables.trim_blobs(expiry(9, 3), ROWS).unwrap(), Trimmed::Some);
    assert_eq!(tables.trim_blobs(expiry(9, 3), ROWS).unwrap(), Trimmed::Nothing);
    assert_eq!(tables.blob(&[1; 16]).unwrap(), None);
    assert!(tables.blob(&[3; 16]).unwrap().is_some());

    let name: Handle = "alice".parse().unwrap();
    assert_eq!(tables.account(&name).unwrap(), None);
    let mut account = StoredAccount { identity_key: [1; 32], certificate: Bytes::from_static(b"one") };
    tables.put_account(&name, &account).unwrap();
    account.certificate = Bytes::from_static(b"renewed");
    tables.put_account(&name, &account).unwrap();
    assert_eq!(tables.account(&name).unwrap(), Some(account));
}

pub(super) fn allowances_are_kept_until_they_are_whole(tables: &dyn Tables) {
    let of = |kind, tag, full_at| {
        let tag = AllowanceTag { kind, tag: [tag; 16] };
        StoredAllowance { tag, full_at: Timestamp(full_at) }
    };
    let first = [of(1, 1, 5_000), of(1, 2, 9_000), of(2, 1, 7_000)];
    tables.put_allowances(&first, Timestamp(1_000)).unwrap();
    assert_eq!(tables.allowances(10).unwrap(), [first[1], first[2], first[0]]);
    assert_eq!(tables.allowances(1).unwrap(), [first[1]]);
    let again = of(1, 1, 20_000);
    tables.put_allowances(&[again], Timestamp(8_000)).unwrap();
    assert_eq!(tables.allowances(10).unwrap(), [again, first[1]]);
    tables.put_allowances(&[], Timestamp(30_000)).unwrap();
    assert_eq!(tables.allowances(10).unwrap(), []);
}
