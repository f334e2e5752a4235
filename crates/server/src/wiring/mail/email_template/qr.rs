//! QR code of a ticket as PNG, which all email clients show.

use qrcode::{Color, QrCode};
use tiny_skia::{Paint, Pixmap, Rect, Transform};

/// Pixels per module.
const MODULE: f32 = 8.0;
/// Quiet zone in modules (ISO/IEC 18004).
const QUIET_ZONE: f32 = 4.0;

/// Encodes the text as a PNG.
pub(super) fn png(text: &str) -> Option<Vec<u8>> {
    let code = QrCode::new(text.as_bytes()).ok()?;
    let width = u16::try_from(code.width()).ok()?;
    let mut pixels = Pixmap::new(pixel_count(width)?, pixel_count(width)?)?;
    pixels.fill(tiny_skia::Color::WHITE);
    let black = Paint { anti_alias: false, ..Paint::default() };
    let colors = code.to_colors();
    for (y, row) in (0_u16..).zip(colors.chunks(code.width())) {
        for (x, color) in (0_u16..).zip(row) {
            if *color == Color::Dark {
                let (left, top) =
                    (MODULE * (f32::from(x) + QUIET_ZONE), MODULE * (f32::from(y) + QUIET_ZONE));
                let module = Rect::from_xywh(left, top, MODULE, MODULE)?;
                pixels.fill_rect(module, &black, Transform::identity(), None);
            }
        }
    }
    pixels.encode_png().ok()
}

/// Width and height in pixels.
fn pixel_count(modules: u16) -> Option<u32> {
    u32::from(modules).checked_add(8)?.checked_mul(8)
}
