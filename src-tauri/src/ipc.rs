//! The list of commands, once: the handler and the page's types both come from it.

use conclave_engine::api::Event;
use tauri::Wry;
use tauri_specta::{Builder, ErrorHandlingMode, collect_commands};

use crate::{commands, desktop_commands, notification::Navigate};

/// All commands and event types that the page knows.
pub(crate) fn builder() -> Builder<Wry> {
    Builder::new().error_handling(ErrorHandlingMode::Throw).typ::<Event>().typ::<Navigate>().commands(
        collect_commands![
            commands::app_state,
            commands::unlock,
            commands::reconnect,
            commands::service_offers,
            commands::create_account,
            commands::set_name,
            commands::delete_account,
            commands::invitation,
            commands::read_invitation,
            commands::look_up,
            commands::groups,
            commands::group_summary,
            commands::group,
            commands::roster,
            commands::timeline,
            commands::membership_log,
            commands::create_group,
            commands::add_people,
            commands::remove_person,
            commands::rename_group,
            commands::leave_group,
            commands::forget_group,
            commands::draft,
            commands::keep_draft,
            commands::send,
            commands::react,
            commands::edit,
            commands::delete,
            commands::retry,
            commands::discard,
            commands::mark_seen,
            commands::mark_read,
            commands::mark_unread,
            commands::pin_group,
            commands::archive_group,
            commands::mute_group,
            commands::settings,
            commands::set_settings,
            desktop_commands::save_log,
            desktop_commands::set_badge,
            desktop_commands::set_tray_words,
            desktop_commands::notify,
            desktop_commands::notification_sounds,
            desktop_commands::shell_info,
            desktop_commands::quit,
        ],
    )
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, env, fs, path::Path};

    use specta_typescript::{Typescript, semantic::Configuration};

    use super::*;

    /// The list that the build script makes permissions from.
    const PERMITTED: &[&str] = include!("command_names.rs");

    fn generated() -> String {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("bindings.ts");
        // What travels is JSON: one shape in both directions, and no number of ours is NaN or infinite.
        builder()
            .disable_serde_phases()
            .semantic_types(Configuration::empty().enable_lossless_floats())
            .export(Typescript::default(), &path)
            .expect("types that TypeScript has");
        fs::read_to_string(path).expect("it was written")
    }

    /// With `CONCLAVE_WRITE_BINDINGS=1` the page's file is written, else compared.
    #[test]
    fn bindings_are_those_of_the_page() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/lib/bindings.ts");
        let bindings = generated();
        if env::var_os("CONCLAVE_WRITE_BINDINGS").is_some() {
            fs::write(&path, &bindings).expect("the page's folder");
        }
        let of_the_page = fs::read_to_string(&path).expect("the page's file");
        assert!(
            of_the_page == bindings,
            "the page's types are stale; run CONCLAVE_WRITE_BINDINGS=1 cargo test -p conclave bindings"
        );
    }

    #[test]
    fn every_command_has_its_permission() {
        let bindings = generated();
        let called: BTreeSet<&str> =
            bindings.split("__TAURI_INVOKE<").skip(1).filter_map(|call| call.split('"').nth(1)).collect();
        let capability = include_str!("../capabilities/main.json");
        assert_eq!(called, PERMITTED.iter().copied().collect());
        for command in PERMITTED {
            let permission = format!("\"allow-{}\"", command.replace('_', "-"));
            assert!(capability.contains(&permission), "{permission}");
        }
    }
}
