//! What a page calls of the engine, by name and with JSON, from the shell's own list.

#[allow(clippy::wildcard_imports, reason = "the list names what the facade takes and gives")]
use conclave_engine::{Engine, api::*};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// What the caller gets in place of an answer.
#[derive(Debug)]
pub(super) struct Refused(pub(super) Value);

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self(json!(error))
    }
}

fn read<T: DeserializeOwned>(command: &str, arguments: &Value) -> Result<T, Refused> {
    serde_json::from_value(arguments.clone())
        .map_err(|error| Refused(json!(format!("invalid arguments for command `{command}`: {error}"))))
}

macro_rules! command_list {
    (
        engine {
            $(
                $(#[$comment:meta])*
                fn $name:ident($engine:ident $(, $argument:ident: $type:ty)*) -> $answer:ty $body:block
            )*
        }
        desktop { $($desktop:ident),* }
    ) => {
        /// Whether the shell has a command of this name that it carries out itself.
        pub(super) fn is_of_the_desktop(command: &str) -> bool {
            [$(stringify!($desktop)),*].contains(&command)
        }

        /// Carries out a command of the facade; none where there is no such.
        pub(super) async fn call(engine: &Engine, command: &str, arguments: &Value) -> Option<Result<Value, Refused>> {
            match command {
                $(stringify!($name) => Some(calls::$name(engine, arguments).await),)*
                _ => None,
            }
        }

        #[allow(clippy::wildcard_imports, reason = "as above")]
        mod calls {
            use super::*;

            $(
                pub(super) async fn $name($engine: &Engine, arguments: &Value) -> Result<Value, Refused> {
                    #[derive(Deserialize)]
                    #[serde(rename_all = "camelCase")]
                    struct Arguments { $($argument: $type),* }

                    let Arguments { $($argument),* } = read(stringify!($name), arguments)?;
                    let answer: Result<$answer, Error> = $body;
                    Ok(json!(answer?))
                }
            )*
        }
    };
}
include!("../../../src-tauri/src/command_list.rs");
