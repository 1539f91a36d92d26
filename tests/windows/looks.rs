//! How a window looks: accessible, in both themes, at both sizes.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::window::{Window, patiently};

const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/node_modules/axe-core/axe.min.js");
/// Longest wait until a new size or theme is on the screen.
const PAINT: Duration = Duration::from_secs(15);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Theme {
    Light,
    Dark,
}

impl Theme {
    const BOTH: [Self; 2] = [Self::Dark, Self::Light];

    fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Chooses it as a person does: in the settings.
    async fn choose(self, window: &Window) {
        window.tap("[data-testid=account]", "").await;
        window.tap("[data-testid=settings-appearance]", "").await;
        window.tap(&format!("[data-testid=theme-{}]", self.name()), "").await;
        window.tap("[data-testid=settings-close]", "").await;
        window.see(&format!("html[data-theme={}]", self.name()), "").await;
    }
}

/// No serious finding of axe in either theme.
pub(crate) async fn axe(window: &Window) {
    let source = std::fs::read_to_string(AXE).expect("npm ci has put axe there");
    // Run by the driver, outside the page's content security policy.
    window.script(&source, Vec::new()).await;
    for theme in Theme::BOTH {
        theme.choose(window).await;
        // Colours in transition between the themes belong to neither.
        let run = "const done = arguments[arguments.length - 1];
            Promise.allSettled(document.getAnimations().map(a => a.finished))
                .then(() => axe.run(document, { resultTypes: ['violations'] }))
                .then(
                    r => done(r.violations.filter(v => v.impact === 'serious' || v.impact === 'critical')
                        .map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', '))),
                    e => done(['axe failed: ' + e]))";
        let found = patiently("axe", window.client.execute_async(run, Vec::new())).await.expect("axe runs");
        assert_eq!(found, Value::Array(Vec::new()), "accessibility, {}", theme.name());
    }
}

/// Screenshots for people, where CONCLAVE_ARTIFACTS says. Each shows what its name says, or the test fails.
pub(crate) async fn pictures(window: &Window, name: &str) {
    let Ok(folder) = std::env::var("CONCLAVE_ARTIFACTS") else { return };
    for (width, height) in [(900, 600), (1280, 800)] {
        patiently("another size", window.client.set_window_size(width, height))
            .await
            .expect("the window takes it");
        for theme in Theme::BOTH {
            theme.choose(window).await;
            let png = picture(window, theme, (width, height)).await;
            let path = format!("{folder}/{name}-{width}x{height}-{}.png", theme.name());
            std::fs::write(&path, png).expect("the artefacts' folder can be written");
        }
    }
}

/// Waits until the screen shows this theme at this size, complete.
async fn picture(window: &Window, theme: Theme, size: (u32, u32)) -> Vec<u8> {
    // Rows are placed before they show.
    let placed = "return document.querySelector('.viewport:not(.placed)') === null";
    let by = Instant::now() + PAINT;
    loop {
        let rows_show = window.script(placed, Vec::new()).await == json!(true);
        let png = patiently("a screenshot", window.client.screenshot()).await.expect("a screenshot");
        let shown = Shown::read(&png);
        if rows_show && shown.size == size && shown.corners.iter().all(|corner| *corner == theme) {
            let page = window.script("return [innerWidth, innerHeight]", Vec::new()).await;
            assert_eq!(page, json!([size.0, size.1]), "the page fills the window");
            return png;
        }
        assert!(Instant::now() < by, "{theme:?} at {size:?} is not on the screen, but {shown:?}");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// What a picture shows: its size, and the theme at each of its corners.
#[derive(Debug)]
struct Shown {
    size: (u32, u32),
    corners: Vec<Theme>,
}

impl Shown {
    fn read(file: &[u8]) -> Self {
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("a picture");
        let mut pixels = vec![0; reader.output_buffer_size().expect("it fits into memory")];
        let info = reader.next_frame(&mut pixels).expect("a whole picture");
        assert_eq!(info.bit_depth, png::BitDepth::Eight);
        let samples = info.color_type.samples();
        let (width, height) = (info.width as usize, info.height as usize);
        let (right, bottom) = (width - 3, height - 3);
        let at = |x: usize, y: usize| {
            let first = (y * width + x) * samples;
            let bright: u32 = pixels[first..first + samples.min(3)].iter().map(|s| u32::from(*s)).sum();
            if bright > 384 { Theme::Light } else { Theme::Dark }
        };
        let corners = vec![at(2, 2), at(right, 2), at(2, bottom), at(right, bottom)];
        Self { size: (info.width, info.height), corners }
    }
}
