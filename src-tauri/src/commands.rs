//! The engine's facade as commands for the page, generated from the command list.

#[allow(clippy::wildcard_imports, reason = "the list names what the facade takes and gives")]
use conclave_engine::{Engine, api::*};
use tauri::State;

macro_rules! command_list {
    (
        engine {
            $(
                $(#[$comment:meta])*
                fn $name:ident($engine:ident $(, $argument:ident: $type:ty)*) -> $answer:ty $body:block
            )*
        }
        desktop { $($rest:tt)* }
    ) => {
        $(
            $(#[$comment])*
            #[tauri::command]
            #[specta::specta]
            pub(crate) async fn $name(
                $engine: State<'_, Engine>,
                $($argument: $type),*
            ) -> Result<$answer, Error> $body
        )*
    };
}
include!("command_list.rs");
