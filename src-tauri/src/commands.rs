//! The engine's facade as commands of the page: one line each. The engine checks every argument; nothing is decided
//! here. Names and meanings are `conclave_engine::Engine`'s.

use conclave_engine::{
    Engine,
    api::{
        Account, AppState, Draft, DraftToKeep, Error, GroupDetail, GroupSummary, Invitation, KeptDraft,
        LogPage, LogQuery, NewAccount, Person, Roster, ServiceOffer, Settings, TextFormat, TimelinePage,
        TimelineQuery,
    },
};
use serde::Deserialize;
use tauri::State;

/// A row's position in a timeline; below 2^53, so that the page's numbers hold it.
#[derive(Debug, Deserialize, specta::Type)]
#[serde(transparent)]
pub(crate) struct Position(#[specta(type = f64)] u64);

#[tauri::command]
#[specta::specta]
pub(crate) async fn app_state(engine: State<'_, Engine>) -> Result<AppState, Error> {
    engine.app_state().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn unlock(engine: State<'_, Engine>) -> Result<AppState, Error> {
    engine.unlock().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn reconnect(engine: State<'_, Engine>) -> Result<(), Error> {
    engine.reconnect().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn service_offers(engine: State<'_, Engine>) -> Result<Vec<ServiceOffer>, Error> {
    engine.service_offers().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn create_account(engine: State<'_, Engine>, account: NewAccount) -> Result<Account, Error> {
    engine.create_account(account).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn set_name(engine: State<'_, Engine>, name: String) -> Result<Account, Error> {
    engine.set_name(name).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn delete_account(engine: State<'_, Engine>, handle: String) -> Result<AppState, Error> {
    engine.delete_account(handle).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn invitation(engine: State<'_, Engine>) -> Result<Option<String>, Error> {
    engine.invitation().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn read_invitation(engine: State<'_, Engine>, link: String) -> Result<Invitation, Error> {
    engine.read_invitation(&link)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn look_up(engine: State<'_, Engine>, handle: String) -> Result<Person, Error> {
    engine.look_up(handle).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn groups(engine: State<'_, Engine>) -> Result<Vec<GroupSummary>, Error> {
    engine.groups().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn group_summary(engine: State<'_, Engine>, group: String) -> Result<GroupSummary, Error> {
    engine.group_summary(group).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn group(engine: State<'_, Engine>, group: String) -> Result<GroupDetail, Error> {
    engine.group(group).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn roster(engine: State<'_, Engine>, group: String, limit: u32) -> Result<Roster, Error> {
    engine.roster(group, limit).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn timeline(
    engine: State<'_, Engine>,
    group: String,
    query: TimelineQuery,
) -> Result<TimelinePage, Error> {
    engine.timeline(group, query).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn membership_log(
    engine: State<'_, Engine>,
    group: String,
    query: LogQuery,
) -> Result<LogPage, Error> {
    engine.membership_log(group, query).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn create_group(
    engine: State<'_, Engine>,
    name: String,
    people: Vec<String>,
) -> Result<String, Error> {
    engine.create_group(name, people).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn add_people(
    engine: State<'_, Engine>,
    group: String,
    handles: Vec<String>,
) -> Result<(), Error> {
    engine.add_people(group, handles).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_person(
    engine: State<'_, Engine>,
    group: String,
    user: String,
) -> Result<(), Error> {
    engine.remove_person(group, user).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn rename_group(
    engine: State<'_, Engine>,
    group: String,
    name: String,
) -> Result<(), Error> {
    engine.rename_group(group, name).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn leave_group(engine: State<'_, Engine>, group: String) -> Result<(), Error> {
    engine.leave_group(group).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn forget_group(engine: State<'_, Engine>, group: String) -> Result<(), Error> {
    engine.forget_group(group).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn draft(engine: State<'_, Engine>, group: String) -> Result<Option<KeptDraft>, Error> {
    engine.draft(group).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn keep_draft(
    engine: State<'_, Engine>,
    group: String,
    draft: DraftToKeep,
) -> Result<(), Error> {
    engine.keep_draft(&group, draft).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn send(engine: State<'_, Engine>, group: String, draft: Draft) -> Result<String, Error> {
    engine.send(&group, draft).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn react(
    engine: State<'_, Engine>,
    group: String,
    message: String,
    emoji: String,
    on: bool,
) -> Result<(), Error> {
    engine.react(&group, message, emoji, on).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn edit(
    engine: State<'_, Engine>,
    group: String,
    message: String,
    text: String,
    format: TextFormat,
) -> Result<(), Error> {
    engine.edit(&group, message, text, format).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn delete(engine: State<'_, Engine>, group: String, message: String) -> Result<(), Error> {
    engine.delete(&group, message).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn retry(engine: State<'_, Engine>, group: String, intent: String) -> Result<(), Error> {
    engine.retry(group, intent).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn discard(engine: State<'_, Engine>, group: String, intent: String) -> Result<(), Error> {
    engine.discard(group, intent).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn mark_seen(
    engine: State<'_, Engine>,
    group: String,
    up_to_position: Position,
) -> Result<(), Error> {
    engine.mark_seen(group, up_to_position.0).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn mark_read(engine: State<'_, Engine>, group: String) -> Result<(), Error> {
    engine.mark_read(group).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn mark_unread(engine: State<'_, Engine>, group: String) -> Result<(), Error> {
    engine.mark_unread(group).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn pin_group(engine: State<'_, Engine>, group: String, on: bool) -> Result<(), Error> {
    engine.pin_group(group, on).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn archive_group(engine: State<'_, Engine>, group: String, on: bool) -> Result<(), Error> {
    engine.archive_group(group, on).await
}

/// A time in milliseconds since the Unix epoch; below 2^53, so that the page's numbers hold it.
#[derive(Debug, Deserialize, specta::Type)]
#[serde(transparent)]
pub(crate) struct Time(#[specta(type = f64)] u64);

#[tauri::command]
#[specta::specta]
pub(crate) async fn mute_group(
    engine: State<'_, Engine>,
    group: String,
    until_ms: Option<Time>,
) -> Result<(), Error> {
    engine.mute_group(group, until_ms.map(|until| until.0)).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn settings(engine: State<'_, Engine>) -> Result<Settings, Error> {
    engine.settings().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn set_settings(engine: State<'_, Engine>, settings: Settings) -> Result<(), Error> {
    engine.set_settings(settings).await
}
