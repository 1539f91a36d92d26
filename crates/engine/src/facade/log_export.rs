//! A membership log as a file: JSON for programs, CSV for spreadsheets.

use serde::Serialize;

use super::translate::internal;
use crate::api::{Error, LogExport, LogRow, Person};

/// The file's text: the rows, oldest first; `complete` says whether these are all.
pub(super) fn exported(
    group: &str,
    rows: &[LogRow],
    complete: bool,
    format: LogExport,
) -> Result<String, Error> {
    match format {
        LogExport::Json => {
            let file = serde_json::json!({ "group": group, "complete": complete, "rows": rows });
            serde_json::to_string_pretty(&file).map_err(|e| internal(&e))
        }
        LogExport::Csv => Ok(csv(rows)),
    }
}

fn csv(rows: &[LogRow]) -> String {
    let mut text =
        "index,time_ms,epoch,kind,actor,target,devices,name,role,commit_hash,row_hash\r\n".to_owned();
    for row in rows {
        let change = &row.change;
        let user = |p: &Option<Person>| p.as_ref().map(|p| p.user.clone()).unwrap_or_default();
        let fields = [
            row.index.to_string(),
            change.at_ms.to_string(),
            change.epoch.to_string(),
            code(&change.kind),
            user(&change.actor),
            user(&change.target),
            change.devices.to_string(),
            change.name.clone().unwrap_or_default(),
            change.role.as_ref().map(code).unwrap_or_default(),
            row.commit_hash.clone(),
            row.row_hash.clone(),
        ];
        let fields: Vec<String> = fields.iter().map(|f| field(f)).collect();
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}

/// A quoted field (RFC 4180). Members choose names freely, so what a spreadsheet would run as a formula becomes text.
fn field(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// A plain enum, as in the JSON.
fn code(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(code)) => code,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_can_not_break_out() {
        assert_eq!(field("plain"), "\"plain\"");
        assert_eq!(field("a \"b\", c\r\nd"), "\"a \"\"b\"\", c\r\nd\"");
        assert_eq!(field("=1+1"), "\"'=1+1\"");
        assert_eq!(field("@x"), "\"'@x\"");
    }
}
