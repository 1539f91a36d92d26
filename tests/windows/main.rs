//! The real program in real windows, driven through WebDriver (`cargo xtask test desktop`).
#![allow(clippy::unwrap_used, reason = "a test says what it expected by failing")]

mod desktop;
mod looks;
mod notification_service;
mod process;
mod screen;
mod shell;
mod tray_registry;
mod window;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use window::Window;

const WHY: &str = "CONCLAVE_BIN and TAURI_DRIVER name the programs; cargo xtask test sets them";

fn program(name: &str) -> String {
    std::env::var(name).expect(WHY)
}

#[tokio::test]
#[ignore = "needs a display, a bus and a keychain, which cargo xtask test makes"]
async fn the_installed_program_sends_a_message() {
    let zoe = Window::open("zoe").await;
    zoe.first_run("zoe", None).await;
    zoe.creates("Notes", "").await;
    zoe.says("Remember the milk").await;
    zoe.see("[data-testid=message-row][data-state=sent]", "Remember the milk").await;
    zoe.close().await;
}

#[tokio::test]
#[ignore = "needs a display, a bus and a keychain, which cargo xtask test makes"]
async fn two_windows_talk() {
    let (anna, ben) = (Window::open("anna").await, Window::open("ben").await);
    anna.first_run("anna", None).await;
    ben.first_run("ben", Some("anna")).await;
    anna.creates("Harbour board", "ben").await;
    anna.see("[data-testid=door-row]", "You added ben").await;
    ben.tap("[data-testid=group-item]", "Harbour board").await;
    ben.see("[data-testid=door-row]", "anna added you").await;

    anna.says("The berth plan is final").await;
    ben.see("[data-testid=message-row]", "The berth plan is final").await;
    ben.tap_in("The berth plan is final", "reply-action").await;
    ben.says("I will look it over").await;
    anna.see("[data-testid=message-row] [data-testid=quote]", "The berth plan is final").await;
    anna.tap_in("I will look it over", "react-action").await;
    anna.tap("[role=dialog] [data-emoji]", "👍").await;
    ben.see("[data-testid=reaction]", "👍 1").await;
    anna.see("[data-testid=room-counts]", "2 people, 2 devices").await;
    looks::axe(&anna).await;
    looks::pictures(&anna, "room").await;

    let [anna, ben] = restarted([anna, ben]).await;
    for window in [&anna, &ben] {
        window.tap("[data-testid=group-item]", "Harbour board").await;
        window.see("[data-testid=message-row]", "The berth plan is final").await;
        window.see("[data-testid=message-row]", "I will look it over").await;
        window.see("[data-testid=reaction]", "👍 1").await;
    }

    anna.tap("[data-testid=member-row] button", "ben").await;
    anna.tap("[data-testid=remove-member]", "").await;
    anna.tap("[data-testid=confirm]", "").await;
    anna.see("[data-testid=door-row]", "You removed ben").await;
    anna.gone("[data-testid=notice]").await;
    ben.see("[data-testid=door-row]", "anna removed you").await;
    ben.gone("[data-testid=composer]").await;
    ben.see("[data-testid=room-counts]", "2 people when you last saw it").await;
    ben.see("[data-testid=roster-over]", "").await;
    looks::axe(&ben).await;
    looks::pictures(&ben, "removed").await;
    anna.tap("[data-testid=tab-log]", "").await;
    anna.see("[data-testid=log-row]", "You removed ben").await;
    looks::axe(&anna).await;
    looks::pictures(&anna, "log").await;

    let [anna, ben] = restarted([anna, ben]).await;
    for (window, change) in [(&anna, "You removed ben"), (&ben, "anna removed you")] {
        window.tap("[data-testid=group-item]", "Harbour board").await;
        window.see("[data-testid=message-row]", "I will look it over").await;
        window.see("[data-testid=door-row]", change).await;
    }
    anna.says("Still here").await;
    ben.gone("[data-testid=composer]").await;
    anna.close().await;
    ben.close().await;
}

#[tokio::test]
#[ignore = "needs a display, a bus and a keychain, which cargo xtask test makes"]
async fn a_deleted_account_makes_room_for_another() {
    let tess = Window::open("tess").await;
    tess.first_run("tess", None).await;
    tess.creates("Notes", "").await;
    tess.says("Burn after reading").await;
    tess.tap("[data-testid=account]", "").await;
    tess.tap("[data-testid=settings-account]", "").await;
    tess.tap("[data-testid=delete-account]", "").await;
    tess.types("[data-testid=delete-account-login]", "tess").await;
    tess.tap("[data-testid=delete-account-submit]", "").await;
    tess.see("[data-testid=first-run]", "").await;
    // The service went with the account: the login is free again.
    tess.first_run("tess", None).await;
    tess.see("[data-testid=alone]", "").await;
    tess.close().await;
    let tess = Window::open("tess").await;
    tess.see("[data-testid=alone]", "").await;
    tess.close().await;
}

/// Both windows closed, and opened again: first the one that runs the service.
async fn restarted([anna, ben]: [Window; 2]) -> [Window; 2] {
    ben.close().await;
    anna.close().await;
    let anna = Window::open("anna").await;
    [anna, Window::open("ben").await]
}

#[tokio::test]
#[ignore = "needs a display, a bus and a keychain, which cargo xtask test makes"]
async fn a_second_start_of_a_profile_ends_and_another_profile_runs_beside() {
    let (one, two) = (Window::open("one").await, Window::open("two").await);
    one.see("[data-testid=first-run]", "").await;
    two.see("[data-testid=first-run]", "").await;
    let mut again = Command::new(program("CONCLAVE_BIN"))
        .args(["--profile", "one"])
        .stdin(Stdio::null())
        .spawn()
        .expect("the program starts");
    let by = Instant::now() + Duration::from_secs(20);
    let mut ended = again.try_wait().unwrap();
    while ended.is_none() && Instant::now() < by {
        tokio::time::sleep(Duration::from_millis(50)).await;
        ended = again.try_wait().unwrap();
    }
    if ended.is_none() {
        again.kill().unwrap();
        again.wait().unwrap();
    }
    assert!(ended.expect("the second start of the profile ends by itself").success());
    one.see("[data-testid=first-run]", "").await;
    one.close().await;
    two.close().await;
}
