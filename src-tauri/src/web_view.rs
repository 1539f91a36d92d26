//! Settings of the system's web view (WebKitGTK) beyond those of Tauri.

use std::fs;

use tauri::WebviewWindow;
use webkit2gtk::{CacheModel, HardwareAccelerationPolicy, SettingsExt, WebContextExt, WebViewExt};

/// Present if there is a GPU (Linux, Documentation/gpu/drm-uapi.rst, "Render nodes").
const RENDER_NODES: &str = "/dev/dri";

/// Disables caches, since the page is inside the program, and hardware acceleration if there is no GPU: software GL is
/// slower, and uses as much memory as the whole page. Not under a WebDriver, which would wait forever for a frame of a
/// covered window, since that is not drawn then.
///
/// # Errors
/// If the window is already closed.
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
