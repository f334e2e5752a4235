//! Event poster as a PNG for link previews: the drawing of the web app (`web/src/ui/poster-art.ts` and `poster.tsx`),
//! determined by the event's id and title.

mod art;
mod draw;

use art::Art;
use kernel::EventId;
use std::error::Error;

/// Width of link preview images, in pixels.
pub(crate) const WIDTH: u16 = 1_200;
/// Height of link preview images, in pixels.
pub(crate) const HEIGHT: u16 = 630;

/// Draws the poster and encodes it as PNG. Takes some milliseconds of CPU time.
pub(crate) fn png(event: EventId, title: &str) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    let picture = draw::draw(&Art::of(event, title), WIDTH, HEIGHT).ok_or("no such picture can be drawn")?;
    Ok(picture.encode_png()?)
}
