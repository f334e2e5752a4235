//! An event's poster as a picture for those who show a link to it: the drawing of the web app (`web/src/ui/poster-art.ts` and
//! `poster.tsx`), decided by the event's number and title alone.

mod art;
mod draw;

use art::Art;
use kernel::EventId;
use std::error::Error;

/// What services that show links ask for, in pixels.
pub(crate) const WIDTH: u16 = 1_200;
/// See [`WIDTH`].
pub(crate) const HEIGHT: u16 = 630;

/// Draws the poster and writes it as PNG. Takes some milliseconds of computing.
pub(crate) fn png(event: EventId, title: &str) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    let picture = draw::draw(&Art::of(event, title), WIDTH, HEIGHT).ok_or("no such picture can be drawn")?;
    Ok(picture.encode_png()?)
}
