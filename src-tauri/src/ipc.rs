//! All commands and event types that the page knows: the handler and the page's types both come from here.

use conclave_engine::api::Event;
use tauri::Wry;
use tauri_specta::{Builder, ErrorHandlingMode, collect_commands};

use crate::{commands, desktop_commands, notification::Navigate};

macro_rules! command_list {
    (
        engine { $($(#[$comment:meta])* fn $name:ident $arguments:tt -> $answer:ty $body:block)* }
        desktop { $($other:ident),* }
    ) => {
        collect_commands![$(commands::$name,)* $(desktop_commands::$other),*]
    };
}

/// All commands and event types that the page knows.
pub(crate) fn builder() -> Builder<Wry> {
    Builder::new()
        .error_handling(ErrorHandlingMode::Throw)
        .typ::<Event>()
        .typ::<Navigate>()
        .commands(include!("command_list.rs"))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, env, fs, path::Path};

    use serde_json::{Value, json};
    use specta_typescript::{Typescript, semantic::Configuration};

    use super::*;

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

    /// What the build script left for the program, as JSON.
    fn built(file: &str) -> Value {
        let text = fs::read_to_string(Path::new(env!("OUT_DIR")).join(file)).expect("it was written");
        serde_json::from_str(&text).expect("JSON")
    }

    fn texts(list: &Value) -> BTreeSet<&str> {
        list.as_array().expect("a list").iter().filter_map(Value::as_str).collect()
    }

    /// What the page may call of the app's own is what it has types for, and all of it.
    #[test]
    fn the_page_may_call_each_command_and_no_other() {
        let bindings = generated();
        let called: BTreeSet<&str> =
            bindings.split("__TAURI_INVOKE<").skip(1).filter_map(|call| call.split('"').nth(1)).collect();
        let manifests = built("acl-manifests.json");
        let own = &manifests["__app-acl__"];
        let set = texts(&own["permission_sets"]["every-command"]["permissions"]);
        let allowed = set.iter().flat_map(|name| texts(&own["permissions"][name]["commands"]["allow"]));
        assert_eq!(allowed.collect::<BTreeSet<_>>(), called);
        assert_eq!(set.len(), called.len(), "each permission allows one");
    }

    /// One window of our own page, and of plugins what the page uses. Whatever is not here is refused.
    #[test]
    fn nothing_else_is_granted() {
        let capabilities = built("capabilities.json");
        assert_eq!(capabilities.as_object().expect("by name").keys().collect::<Vec<_>>(), ["main"]);
        let main = &capabilities["main"];
        assert_eq!((&main["local"], &main["windows"]), (&json!(true), &json!(["main"])));
        assert!(
            main.get("remote").is_none_or(Value::is_null)
                && main.get("webviews").is_none_or(|w| w == &json!([]))
        );
        let granted = main["permissions"].as_array().expect("a list");
        let names = granted.iter().map(|one| one.as_str().or(one["identifier"].as_str()).expect("a name"));
        let wanted = [
            "autostart:allow-disable",
            "autostart:allow-enable",
            "autostart:allow-is-enabled",
            "core:event:allow-listen",
            "core:event:allow-unlisten",
            "core:webview:allow-set-webview-zoom",
            "every-command",
            "opener:allow-open-url",
        ];
        assert_eq!(names.collect::<BTreeSet<_>>(), BTreeSet::from(wanted));
    }
}
