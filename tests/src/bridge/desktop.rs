//! What a page asks of the desktop: noted, for tests to look at.

use conclave_engine::Engine;
use conclave_engine::api::{Error, LogExport, LogQuery};
use serde::Deserialize;
use serde_json::{Value, json};

use super::calls::Refused;

/// The desktop of one page. It keeps all that was asked of it: a test is short.
#[derive(Debug, Default)]
pub(super) struct Desktop {
    asked: Vec<(String, Value)>,
    starts_at_login: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Saving {
    group: String,
    query: LogQuery,
    format: LogExport,
    file_name: String,
}

impl Desktop {
    /// All calls so far, with their arguments.
    pub(super) fn asked(&self) -> Value {
        json!(self.asked)
    }

    /// Notes a call of the shell or of one of its plugins, and answers it; none where there is no such.
    pub(super) fn call(&mut self, command: &str, arguments: &Value) -> Option<Value> {
        let answer = match command {
            "plugin:autostart|is_enabled" => json!(self.starts_at_login),
            "plugin:autostart|enable" | "plugin:autostart|disable" => {
                self.starts_at_login = command.ends_with("enable");
                Value::Null
            }
            "plugin:opener|open_url" | "plugin:webview|set_webview_zoom" => Value::Null,
            "notification_sounds" => json!(true),
            "shell_info" => json!({
                "profile": "alice",
                "version": env!("CARGO_PKG_VERSION"),
                "dataDir": "~/.local/share/conclave/alice",
                "logDir": "~/.local/share/conclave/alice/log",
            }),
            other if super::calls::is_of_the_desktop(other) => Value::Null,
            _ => return None,
        };
        self.asked.push((command.to_owned(), arguments.clone()));
        Some(answer)
    }
}

/// The log is written as it would be saved, under the name that was proposed.
pub(super) async fn save_log(engine: &Engine, arguments: &Value) -> Result<Value, Refused> {
    let saving =
        serde_json::from_value(arguments.clone()).map_err(|error| Refused(json!(error.to_string())))?;
    let Saving { group, query, format, file_name } = saving;
    let text: Result<String, Error> = engine.export_log(group, query, format).await;
    text?;
    let extension = match format {
        LogExport::Json => "json",
        LogExport::Csv => "csv",
    };
    Ok(json!(format!("{file_name}.{extension}")))
}
