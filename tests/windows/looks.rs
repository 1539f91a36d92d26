//! How a window looks: accessible, in both themes, at both sizes.

use serde_json::{Value, json};

use crate::window::Window;

const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/node_modules/axe-core/axe.min.js");

async fn theme(window: &Window, theme: &str) {
    window.script("document.documentElement.dataset.theme = arguments[0]", vec![json!(theme)]).await;
}

/// No serious finding of axe in either theme.
pub(crate) async fn axe(window: &Window) {
    let source = std::fs::read_to_string(AXE).expect("npm ci has put axe there");
    // Run by the driver, outside of the page's content security policy.
    window.script(&source, Vec::new()).await;
    for name in ["light", "dark"] {
        theme(window, name).await;
        let run = "const done = arguments[arguments.length - 1];
            axe.run(document, { resultTypes: ['violations'] }).then(
                r => done(r.violations.filter(v => v.impact === 'serious' || v.impact === 'critical')
                    .map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', '))),
                e => done(['axe failed: ' + e]))";
        let found = window.client.execute_async(run, Vec::new()).await.expect("axe runs");
        assert_eq!(found, Value::Array(Vec::new()), "accessibility, {name}");
    }
    theme(window, "light").await;
}

/// Screenshots for people to look at, where CONCLAVE_ARTIFACTS says.
pub(crate) async fn pictures(window: &Window, name: &str) {
    let Ok(folder) = std::env::var("CONCLAVE_ARTIFACTS") else { return };
    for (width, height) in [(900, 600), (1280, 800)] {
        window.client.set_window_size(width, height).await.expect("the window takes another size");
        for look in ["dark", "light"] {
            theme(window, look).await;
            let png = window.client.screenshot().await.expect("a screenshot");
            let path = format!("{folder}/{name}-{width}x{height}-{look}.png");
            std::fs::write(&path, png).expect("the artefacts' folder can be written");
        }
    }
}
