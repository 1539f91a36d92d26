// The commands that the page may call, declared once. From this list the shell defines and registers them, its build
// script generates their permissions, and the bridge of the page's tests answers the same calls. A file that includes
// it first defines a macro `command_list`, which expands the list.
//
// `engine`: the facade, one line each. The engine validates every argument, and nothing is decided here; names and
// meanings are those of `conclave_engine::Engine`. `desktop`: commands of the shell itself, in `desktop_commands.rs`.
command_list! {
    engine {
        /// The app's state.
        fn app_state(engine) -> AppState { engine.app_state().await }
        /// Tries again to open the profile.
        fn unlock(engine) -> AppState { engine.unlock().await }
        /// Connects to the service now, or checks that an open connection still works.
        fn reconnect(engine) -> () { engine.reconnect().await }
        fn service_offers(engine) -> Vec<ServiceOffer> { engine.service_offers().await }
        fn create_account(engine, account: NewAccount) -> Account { engine.create_account(account).await }
        /// Changes the user's display name.
        fn set_name(engine, name: String) -> Account { engine.set_name(name).await }
        /// Deletes the account with this login for good, and returns the app's state.
        fn delete_account(engine, handle: String) -> AppState { engine.delete_account(handle).await }
        /// The link that invites to the account's service; none if it is on this computer only.
        fn invitation(engine) -> Option<String> { engine.invitation().await }
        /// Parses an invitation.
        fn read_invitation(engine, link: String) -> Invitation { engine.read_invitation(&link) }
        fn look_up(engine, handle: String) -> Person { engine.look_up(handle).await }
        fn groups(engine) -> Vec<GroupSummary> { engine.groups().await }
        fn group_summary(engine, group: String) -> GroupSummary { engine.group_summary(group).await }
        fn group(engine, group: String) -> GroupDetail { engine.group(group).await }
        fn roster(engine, group: String, limit: u32) -> Roster { engine.roster(group, limit).await }
        fn timeline(engine, group: String, query: TimelineQuery) -> TimelinePage {
            engine.timeline(group, query).await
        }
        fn membership_log(engine, group: String, query: LogQuery) -> LogPage {
            engine.membership_log(group, query).await
        }
        fn create_group(engine, name: String, people: Vec<String>) -> String {
            engine.create_group(name, people).await
        }
        fn add_people(engine, group: String, handles: Vec<String>) -> () {
            engine.add_people(group, handles).await
        }
        fn remove_person(engine, group: String, user: String) -> () {
            engine.remove_person(group, user).await
        }
        fn rename_group(engine, group: String, name: String) -> () { engine.rename_group(group, name).await }
        fn leave_group(engine, group: String) -> () { engine.leave_group(group).await }
        fn forget_group(engine, group: String) -> () { engine.forget_group(group).await }
        /// The group's draft, if there is one.
        fn draft(engine, group: String) -> Option<KeptDraft> { engine.draft(group).await }
        fn keep_draft(engine, group: String, draft: DraftToKeep) -> () {
            engine.keep_draft(&group, draft).await
        }
        fn send(engine, group: String, draft: Draft) -> String { engine.send(&group, draft).await }
        fn react(engine, group: String, message: String, emoji: String, on: bool) -> () {
            engine.react(&group, message, emoji, on).await
        }
        fn edit(engine, group: String, message: String, text: String, format: TextFormat) -> () {
            engine.edit(&group, message, text, format).await
        }
        fn delete(engine, group: String, message: String) -> () { engine.delete(&group, message).await }
        fn retry(engine, group: String, intent: String) -> () { engine.retry(group, intent).await }
        fn discard(engine, group: String, intent: String) -> () { engine.discard(group, intent).await }
        fn mark_seen(engine, group: String, up_to_position: Position) -> () {
            engine.mark_seen(group, up_to_position.0).await
        }
        /// Marks all messages as read, but no membership changes as seen.
        fn mark_read(engine, group: String) -> () { engine.mark_read(group).await }
        /// Marks a group as unread, until it is read.
        fn mark_unread(engine, group: String) -> () { engine.mark_unread(group).await }
        fn pin_group(engine, group: String, on: bool) -> () { engine.pin_group(group, on).await }
        fn archive_group(engine, group: String, on: bool) -> () { engine.archive_group(group, on).await }
        /// Mutes a group until this time; none unmutes it.
        fn mute_group(engine, group: String, until_ms: Option<Time>) -> () {
            engine.mute_group(group, until_ms.map(|until| until.0)).await
        }
        /// The user's settings for the app as a whole.
        fn settings(engine) -> Settings { engine.settings().await }
        fn set_settings(engine, settings: Settings) -> () { engine.set_settings(settings).await }
    }
    desktop { save_log, set_badge, set_tray_words, notify, notification_sounds, shell_info, quit }
}
