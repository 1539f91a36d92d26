//! What the system's web view (WebKitGTK) is told beyond what Tauri tells it.

use std::fs;

use tauri::WebviewWindow;
use webkit2gtk::{CacheModel, HardwareAccelerationPolicy, SettingsExt, WebContextExt, WebViewExt};

/// Where a graphics processor shows (Linux, Documentation/gpu/drm-uapi.rst, "Render nodes").
const RENDER_NODES: &str = "/dev/dri";

/// Has the web view keep no caches of what is inside the program anyway, and draw by itself where there is no graphics
/// processor: one made of software is slower, and takes as much memory as all of the page. Not under a driver, which
/// waits for ever for the picture of a window that others cover, since that is not drawn then.
///
/// # Errors
/// Where the window is gone already.
pub(crate) fn spare_memory(window: &WebviewWindow) -> tauri::Result<()> {
    window.with_webview(|view| {
        let view = view.inner();
        if let Some(context) = view.context() {
            context.set_cache_model(CacheModel::DocumentViewer);
        }
        if let Some(settings) = WebViewExt::settings(&view)
            && !view.is_controlled_by_automation()
            && !has_graphics_processor()
        {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })
}

fn has_graphics_processor() -> bool {
    let Ok(nodes) = fs::read_dir(RENDER_NODES) else { return false };
    nodes.flatten().any(|node| node.file_name().to_string_lossy().starts_with("renderD"))
}
