use super::art::{self, Art, Blob, Motif};
use tiny_skia::{
    Color, FillRule, GradientStop, LineCap, LinearGradient, Paint, Path, PathBuilder, Pixmap, Point,
    RadialGradient, Rect, Shader, SpreadMode, Stroke, Transform,
};

/// Size of the canvas.
const FIELD: (f32, f32) = (160.0, 90.0);
/// Distance of the control points of a quarter circle from its ends, for a radius of 1.
const KAPPA: f32 = 0.552_284_8;

/// Maps the canvas to the picture.
struct Canvas {
    pixels: Pixmap,
    placed: Transform,
}

fn solid([red, green, blue]: art::Color, opacity: f32) -> Color {
    let mut color = Color::from_rgba8(red, green, blue, u8::MAX);
    color.set_alpha(opacity.clamp(0.0, 1.0));
    color
}

fn paint(shader: Shader<'static>) -> Paint<'static> {
    Paint { shader, anti_alias: true, ..Paint::default() }
}

impl Canvas {
    /// Scales the canvas to cover the whole picture, cropped where it is larger.
    fn new(width: u16, height: u16) -> Option<Self> {
        let pixels = Pixmap::new(width.into(), height.into())?;
        let (width, height) = (f32::from(width), f32::from(height));
        let scale = (width / FIELD.0).max(height / FIELD.1);
        let (left, top) = ((width - FIELD.0 * scale) / 2.0, (height - FIELD.1 * scale) / 2.0);
        Some(Self { pixels, placed: Transform::from_row(scale, 0.0, 0.0, scale, left, top) })
    }

    fn fill(&mut self, path: Option<Path>, shader: Option<Shader<'static>>) {
        if let (Some(path), Some(shader)) = (path, shader) {
            self.pixels.fill_path(&path, &paint(shader), FillRule::Winding, self.placed, None);
        }
    }

    fn line(&mut self, path: Option<Path>, color: Color, width: f32, line_cap: LineCap) {
        if let Some(path) = path {
            let stroke = Stroke { width, line_cap, ..Stroke::default() };
            self.pixels.stroke_path(&path, &paint(Shader::SolidColor(color)), &stroke, self.placed, None);
        }
    }

    fn rect(&mut self, left: f32, top: f32, width: f32, height: f32, shader: Option<Shader<'static>>) {
        let path = Rect::from_xywh(left, top, width, height).map(PathBuilder::from_rect);
        self.fill(path, shader);
    }

    fn circle(&mut self, x: f32, y: f32, r: f32, color: Color) {
        self.fill(PathBuilder::from_circle(x, y, r), Some(Shader::SolidColor(color)));
    }
}

/// `None` for a picture without pixels.
pub(super) fn draw(art: &Art, width: u16, height: u16) -> Option<Pixmap> {
    let mut canvas = Canvas::new(width, height)?;
    let across = LinearGradient::new(
        Point::zero(),
        Point::from_xy(1.0, 0.0),
        vec![GradientStop::new(0.0, solid(art.from, 1.0)), GradientStop::new(1.0, solid(art.to, 1.0))],
        SpreadMode::Pad,
        Transform::from_rotate(art.angle.into()).post_scale(FIELD.0, FIELD.1),
    );
    canvas.rect(0.0, 0.0, FIELD.0, FIELD.1, across);
    for Blob { cx, cy, r, color } in art.blobs {
        let (center, r) = (Point::from_xy(cx.into(), cy.into()), f32::from(r));
        let light = RadialGradient::new(
            center,
            0.0,
            center,
            r,
            vec![GradientStop::new(0.0, solid(color, 0.95)), GradientStop::new(1.0, solid(color, 0.0))],
            SpreadMode::Pad,
            Transform::identity(),
        );
        canvas.fill(PathBuilder::from_circle(center.x, center.y, r), light);
    }
    motif(&mut canvas, art);
    Some(canvas.pixels)
}

fn motif(canvas: &mut Canvas, art: &Art) {
    let (a, b) = (art.a, art.b);
    let (x, y) = (30.0 + a * 100.0, 20.0 + b * 40.0);
    let ink = |opacity| solid(art.ink, opacity);
    let steps = |count: u8| (0..count).map(f32::from);
    match art.motif {
        Motif::Sun => {
            canvas.circle(x, 46.0 + b * 12.0, 24.0, ink(0.92));
            for i in steps(6) {
                let deep = Some(Shader::SolidColor(solid(art.from, 0.85)));
                canvas.rect(0.0, 50.0 + b * 12.0 + i * 5.2, FIELD.0, 1.0 + i * 0.55, deep);
            }
        }
        Motif::Rings => {
            for i in steps(7) {
                let ring = PathBuilder::from_circle(x, y + 8.0, 6.0 + i * 8.0);
                canvas.line(ring, ink(0.9 - i * 0.11), 2.4 - i * 0.2, LineCap::Butt);
            }
        }
        Motif::Bars => {
            for i in steps(17) {
                let height = 12.0 + 52.0 * (i * (0.4 + a * 0.5) + b * 6.0).sin().abs();
                let (x, round) = (12.0 + i * 8.1 + 1.8, 1.8);
                let mut bar = PathBuilder::new();
                bar.move_to(x, 45.0 - height / 2.0 + round);
                bar.line_to(x, 45.0 + height / 2.0 - round);
                canvas.line(bar.finish(), ink(0.9), round * 2.0, LineCap::Round);
            }
        }
        Motif::Waves => {
            for i in steps(6) {
                let (top, lift) = (26.0 + i * 9.0 + b * 8.0, 10.0 + a * 10.0);
                let mut wave = PathBuilder::new();
                wave.move_to(-10.0, top);
                wave.cubic_to(25.0, top - lift, 50.0, top + lift, 85.0, top);
                wave.cubic_to(120.0, top - lift, 145.0, top - lift, 175.0, top);
                canvas.line(wave.finish(), ink(0.92 - i * 0.12), 2.2, LineCap::Butt);
            }
        }
        Motif::Dots => {
            for (row, column) in steps(5).flat_map(|row| steps(12).map(move |column| (row, column))) {
                let far = (column - a * 11.0).hypot(row - b * 4.0);
                let size = (4.6 - far * 0.62).max(0.7);
                canvas.circle(14.0 + column * 12.0, 15.0 + row * 15.0, size, ink(0.9));
            }
        }
        Motif::Arches => {
            for i in steps(5) {
                let (left, top, radius) = (x - 44.0 + i * 9.0, 52.0 + i * 6.0, 44.0 - i * 9.0);
                let (middle, right, bend) = (left + radius, left + 2.0 * radius, radius * KAPPA);
                let mut arch = PathBuilder::new();
                arch.move_to(left, 92.0);
                arch.line_to(left, top);
                arch.cubic_to(left, top - bend, middle - bend, top - radius, middle, top - radius);
                arch.cubic_to(middle + bend, top - radius, right, top - bend, right, top);
                arch.line_to(right, 92.0);
                let arch = arch.finish();
                if radius < 9.0 {
                    canvas.fill(arch.clone(), Some(Shader::SolidColor(ink(0.92))));
                }
                canvas.line(arch, ink(0.9 - i * 0.08), 2.2, LineCap::Butt);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::EventId;

    #[test]
    fn every_motif_covers_the_image_and_is_unique() {
        let mut pictures = Vec::new();
        for id in 1..=6 {
            let picture = draw(&Art::of(EventId::new(id), "Night"), 240, 126).unwrap();
            assert!(picture.pixels().iter().all(|pixel| pixel.alpha() == u8::MAX), "{id}");
            assert!(!pictures.contains(&picture), "{id}");
            pictures.push(picture);
        }
        assert!(draw(&Art::of(EventId::new(1), ""), 0, 1).is_none());
    }
}
