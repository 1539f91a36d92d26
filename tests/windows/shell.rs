//! What belongs to the desktop, not the page: which window is on top, where it was, the tray, notifications.

use serde_json::{Value, json};

use crate::desktop::Desktop;
use crate::process::Process;
use crate::program;
use crate::screen::Screen;
use crate::window::{Window, patiently, until};

/// The title of a profile's window.
fn titled(profile: &str) -> String {
    format!("Conclave – {profile}")
}

/// The program without a driver, as a person starts it.
fn start(desktop: &Desktop, profile: &str) -> Process {
    let mut command = desktop.command(program("CONCLAVE_BIN"));
    command.args(["--profile", profile]);
    Process::start(command)
}

#[tokio::test]
#[ignore = "needs CONCLAVE_BIN, TAURI_DRIVER and Xvfb, which cargo xtask test brings"]
async fn a_second_start_raises_the_first_window() {
    let desktop = Desktop::new().await;
    let screen = Screen::of(&desktop);
    let (one, two) = (titled("one"), titled("two"));
    let _one = start(&desktop, "one");
    screen.wait_for(&one).await;
    let _two = start(&desktop, "two");
    screen.wait_for(&two).await;
    assert_eq!(screen.titles(), [one.clone(), two.clone()], "the newer lies on top");

    let status = start(&desktop, "one").ended().await;
    assert!(status.success(), "{status}");
    until("the first window on top", async || (screen.titles() == [two.clone(), one.clone()]).then_some(()))
        .await;
}

#[tokio::test]
#[ignore = "needs CONCLAVE_BIN, TAURI_DRIVER and Xvfb, which cargo xtask test brings"]
async fn the_window_comes_back_where_it_was() {
    let desktop = Desktop::new().await;
    let screen = Screen::of(&desktop);
    let window = Window::open_on(&desktop, "one").await;
    let id = screen.wait_for(&titled("one")).await;
    window.client.set_window_rect(140, 90, 1000, 640).await.expect("a window can be moved");
    let before = until("the new size", async || {
        let place = screen.place(id);
        ((place.x, place.y, place.width, place.height) == (140, 90, 1000, 640)).then_some(place)
    })
    .await;
    window.quit().await;
    screen.wait_until_gone(&titled("one")).await;

    let _process = start(&desktop, "one");
    let id = screen.wait_for(&titled("one")).await;
    until("the old place", async || (screen.place(id) == before).then_some(())).await;
}

#[tokio::test]
#[ignore = "needs CONCLAVE_BIN, TAURI_DRIVER and Xvfb, which cargo xtask test brings"]
async fn without_a_display_it_says_so() {
    let desktop = Desktop::without_keychain().await;
    let output =
        desktop.command(program("CONCLAVE_BIN")).env("DISPLAY", ":4095").output().expect("it starts");
    assert_eq!(output.status.code(), Some(69), "EX_UNAVAILABLE");
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(said.contains("there is no display") && said.contains("xvfb-run"), "{said}");
}

/// Nobody could bring a hidden window back.
#[tokio::test]
#[ignore = "needs CONCLAVE_BIN, TAURI_DRIVER and Xvfb, which cargo xtask test brings"]
async fn closing_ends_the_program_where_no_tray_is_shown() {
    let desktop = Desktop::new().await;
    let screen = Screen::of(&desktop);
    let mut process = start(&desktop, "one");
    screen.close(screen.wait_for(&titled("one")).await);
    let status = process.ended().await;
    assert!(status.success(), "{status}");
}

#[tokio::test]
#[ignore = "needs CONCLAVE_BIN, TAURI_DRIVER and Xvfb, which cargo xtask test brings"]
async fn the_tray_holds_the_program_while_its_window_is_closed() {
    let desktop = Desktop::new().await;
    let mut tray = desktop.tray().await;
    let screen = Screen::of(&desktop);
    let mut process = start(&desktop, "one");
    let item = tray.item().await;
    let window = screen.wait_for(&titled("one")).await;
    screen.close(window);
    screen.wait_until_gone(&titled("one")).await;

    let labels = item.labels().await;
    let [_unread, _line, open, quit] = labels.as_slice() else {
        panic!("unread, line, open, quit: {labels:?}")
    };
    item.choose(open).await;
    screen.wait_for(&titled("one")).await;
    item.choose(quit).await;
    let status = process.ended().await;
    assert!(status.success(), "{status}");
}

/// End to end: another person writes while the window is closed to the tray.
#[tokio::test]
#[ignore = "needs CONCLAVE_BIN, TAURI_DRIVER and Xvfb, which cargo xtask test brings"]
async fn what_is_missed_is_told_by_tray_and_notification() {
    let desktop = Desktop::new().await;
    let (mut tray, mut notifications) = (desktop.tray().await, desktop.notifications().await);
    let screen = Screen::of(&desktop);
    let anna = Window::open_on(&desktop, "anna").await;
    let item = tray.item().await;
    anna.first_run("anna", None).await;
    let ben = Window::open_on(&desktop, "ben").await;
    ben.first_run("ben", Some("anna")).await;
    ben.creates("Harbour board", "anna").await;
    anna.see("[data-testid=group-item]", "Harbour board").await;
    screen.close(screen.wait_for(&titled("anna")).await);
    screen.wait_until_gone(&titled("anna")).await;

    ben.says("Low water at <b>six</b> & nine").await;
    let shown = notifications.expect("the message", |shown| shown.body.contains("Low water")).await;
    assert_eq!(shown.title, "Harbour board");
    assert!(shown.body.contains("&lt;b&gt;six&lt;/b&gt; &amp; nine"), "never markup: {}", shown.body);
    until("the count in the tray", async || (item.label().await == "1").then_some(())).await;
    anna.call("set_tray_words", json!({ "open": "Öffnen", "quit": "Beenden" })).await.expect("a tray");
    item.wait_for_label("Öffnen").await;

    notifications.click(shown.id).await;
    screen.wait_for(&titled("anna")).await;
    anna.see("[data-testid=room-title]", "Harbour board").await;
    anna.see("[data-testid=message-row]", "Low water at").await;
    anna.quit().await;
    ben.quit().await;
}

#[tokio::test]
#[ignore = "needs CONCLAVE_BIN, TAURI_DRIVER and Xvfb, which cargo xtask test brings"]
async fn a_group_has_one_notification_until_it_is_read() {
    let desktop = Desktop::new().await;
    let mut notifications = desktop.notifications().await;
    let window = Window::open_on(&desktop, "one").await;
    window.see("[data-testid=first-run]", "").await;
    for body in ["first", "second"] {
        let given = json!({ "title": "Harbour board", "body": body, "group": "g", "sound": true });
        window.call("notify", given).await.expect("the desktop shows it");
    }
    let first = notifications.expect("the first", |shown| shown.body == "first").await;
    let second = notifications.expect("the second", |shown| shown.body == "second").await;
    assert_eq!((first.replaced, second.replaced), (0, first.id));
    let badge = |unseen: u32| json!({ "unread": 0, "unseen": unseen, "label": "" });
    window.call("set_badge", badge(1)).await.expect("a change is still unseen");
    let given = json!({ "title": "Harbour board", "body": "third", "group": "g", "sound": false });
    window.call("notify", given).await.expect("the desktop shows it");
    let third = notifications.expect("the third", |shown| shown.body == "third").await;
    assert_eq!(third.replaced, first.id, "it was still there");
    window.call("set_badge", badge(0)).await.expect("nothing is new");
    notifications.expect_closed(first.id).await;
    window.quit().await;
}

#[tokio::test]
#[ignore = "needs CONCLAVE_BIN, TAURI_DRIVER and Xvfb, which cargo xtask test brings"]
async fn a_desktop_without_notifications_is_told_apart() {
    let desktop = Desktop::new().await;
    let window = Window::open_on(&desktop, "one").await;
    window.see("[data-testid=first-run]", "").await;
    let given = json!({ "title": "a", "body": "b", "group": "g", "sound": true });
    let refused = window.call("notify", given).await.expect_err("nobody shows it");
    assert_eq!(refused["code"], "internal");
    window.quit().await;
}

/// A keychain that does not answer is not an empty one.
#[tokio::test]
#[ignore = "needs CONCLAVE_BIN, TAURI_DRIVER and Xvfb, which cargo xtask test brings"]
async fn without_its_keychain_it_waits_and_loses_nothing() {
    let mut desktop = Desktop::new().await;
    let screen = Screen::of(&desktop);
    let window = Window::open_on(&desktop, "one").await;
    window.first_run("one", None).await;
    window.creates("Notes", "").await;
    window.says("Remember the milk").await;
    window.see("[data-testid=message-row][data-state=sent]", "Remember the milk").await;
    window.quit().await;
    screen.wait_until_gone(&titled("one")).await;

    desktop.end_keychain().await;
    let window = Window::open_on(&desktop, "one").await;
    window.see("[data-testid=blocked]", "").await;
    desktop.unlock_keychain().await;
    window.tap("[data-testid=try-again]", "").await;
    window.see("[data-testid=message-row]", "Remember the milk").await;
    window.quit().await;
}

#[tokio::test]
#[ignore = "needs CONCLAVE_BIN, TAURI_DRIVER and Xvfb, which cargo xtask test brings"]
async fn the_page_can_do_no_more_than_it_must() {
    let desktop = Desktop::new().await;
    let window = Window::open_on(&desktop, "one").await;
    window.see("[data-testid=first-run]", "").await;
    for command in
        ["plugin:window|create", "plugin:fs|read_text_file", "plugin:event|emit", "plugin:shell|open"]
    {
        window.call(command, json!({ "label": "x" })).await.expect_err(command);
    }
    for address in ["ftp://example.org/", "tel:1", "file:///etc/passwd", "javascript:alert(1)"] {
        window.call("plugin:opener|open_url", json!({ "url": address })).await.expect_err(address);
    }
    let as_code = "try { return String((0, eval)('1 + 1')) } catch (error) { return error.name }";
    assert_eq!(window.script(as_code, vec![]).await, "EvalError");
    let inline = "const script = document.createElement('script'); script.textContent = 'window.ran = true';
        document.head.append(script); return window.ran === true";
    assert_eq!(window.script(inline, vec![]).await, Value::Bool(false));
    let fetched =
        "const [done] = arguments; fetch('http://127.0.0.1:9/').then(() => done('went'), e => done(e.name))";
    let answer = patiently("fetching", window.client.execute_async(fetched, vec![])).await;
    assert_eq!(answer.expect("an answer"), "TypeError");
    assert_eq!(window.script("return typeof window.__TAURI__", vec![]).await, "undefined");
    assert_eq!(window.script("return Object.isFrozen(Object.prototype)", vec![]).await, Value::Bool(true));

    window
        .script("location.href = 'https://example.org/'; window.open('https://example.org/')", vec![])
        .await;
    window.see("[data-testid=first-run]", "").await;
    assert_eq!(window.client.current_url().await.expect("an address").scheme(), "tauri");
    window.quit().await;
}
