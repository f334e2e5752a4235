use kernel::EventId;

/// Red, green, blue.
pub(super) type Color = [u8; 3];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Motif {
    Sun,
    Rings,
    Bars,
    Waves,
    Dots,
    Arches,
}

const MOTIFS: [Motif; 6] = [Motif::Sun, Motif::Rings, Motif::Bars, Motif::Waves, Motif::Dots, Motif::Arches];

const fn color(rgb: u32) -> Color {
    let [_, red, green, blue] = rgb.to_be_bytes();
    [red, green, blue]
}

const fn palette(colors: [u32; 5]) -> [Color; 5] {
    let [deep, base, warm, bright, ink] = colors;
    [color(deep), color(base), color(warm), color(bright), color(ink)]
}

const PALETTES: [[Color; 5]; 9] = [
    palette([0x1b_0b4b, 0x5b_2bff, 0xff_5fa2, 0xff_b36b, 0xff_e9d6]),
    palette([0x02_263a, 0x0a_6c8f, 0x27_c2b4, 0xff_d166, 0xf4_fff6]),
    palette([0x2d_0a1f, 0xa3_174f, 0xff_6b4a, 0xff_c145, 0xff_f1df]),
    palette([0x08_221b, 0x0e_7a55, 0x7a_d66b, 0xf2_f07a, 0xfb_fff0]),
    palette([0x12_123a, 0x2f_49d1, 0x6e_a8ff, 0xff_9ad5, 0xf3_f2ff]),
    palette([0x24_0b36, 0x7a_2bd1, 0xe0_52c9, 0x5f_d7ff, 0xf7_edff]),
    palette([0x33_1405, 0xb3_430b, 0xff_9340, 0xff_df8a, 0xff_f7e6]),
    palette([0x0a_1b2e, 0x28_527a, 0x8a_c4d0, 0xf4_a698, 0xfb_f3ea]),
    palette([0x1c_1026, 0x51_3b7d, 0xf0_657a, 0x8c_e0c4, 0xfd_f5ee]),
];

/// A blurred spot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Blob {
    pub(super) cx: u16,
    pub(super) cy: u16,
    pub(super) r: u16,
    pub(super) color: Color,
}

/// A drawing on a canvas of 160 by 90.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Art {
    pub(super) from: Color,
    pub(super) to: Color,
    /// Gradient angle in degrees.
    pub(super) angle: u16,
    pub(super) blobs: [Blob; 3],
    pub(super) motif: Motif,
    pub(super) ink: Color,
    /// Place and size of the motif, 0 to 1 each.
    pub(super) a: f32,
    pub(super) b: f32,
}

/// Random numbers: mulberry32 seeded with an FNV-1a hash, as in the web app.
struct Random(u32);

impl Random {
    fn from(text: &str) -> Self {
        let mix = |state: u32, char: char| (state ^ u32::from(char)).wrapping_mul(0x0100_0193);
        Self(text.chars().fold(0x811c_9dc5, mix))
    }

    /// The next 32 bits.
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x6d2b_79f5);
        let mut mixed = (self.0 ^ (self.0 >> 15)).wrapping_mul(self.0 | 1);
        mixed ^= mixed.wrapping_add((mixed ^ (mixed >> 7)).wrapping_mul(mixed | 0x3d));
        mixed ^ (mixed >> 14)
    }

    /// An integer from 0 to `most`, rounded as in the web app.
    fn up_to(&mut self, most: u16) -> u16 {
        let rounded = u64::from(self.next()).wrapping_mul(most.into()).wrapping_add(1 << 31) >> 32;
        rounded.try_into().unwrap_or(most)
    }

    /// A fraction from 0 to 1, in steps of 1/65,536.
    fn part(&mut self) -> f32 {
        f32::from(u16::try_from(self.next() >> 16).unwrap_or_default()) / 65_536.0
    }
}

/// The element at `number` modulo the length.
fn cyclic<T: Copy, const N: usize>(all: [T; N], number: u64) -> Option<T> {
    let at = number.checked_rem(N.try_into().ok()?)?;
    all.get(usize::try_from(at).ok()?).copied()
}

impl Art {
    pub(super) fn of(event: EventId, title: &str) -> Self {
        let mut random = Random::from(&format!("{event}:{title}"));
        let id = event.get().unsigned_abs();
        // JavaScript's string length.
        let length = u64::try_from(title.encode_utf16().count()).unwrap_or_default();
        let turn = |step: u64| id.wrapping_mul(step).wrapping_add(length);
        let [deep, base, warm, bright, ink] = cyclic(PALETTES, turn(4)).unwrap_or_default();
        // In the web app's order: angle, blobs, `a`, `b`.
        let angle = random.up_to(70).saturating_add(10);
        let mut blob = |color, size: u16| Blob {
            cx: random.up_to(160),
            cy: random.up_to(90),
            r: size.saturating_add(random.up_to(30)),
            color,
        };
        let blobs = [blob(base, 60), blob(warm, 45), blob(bright, 28)];
        Self {
            from: deep,
            to: base,
            angle,
            blobs,
            motif: cyclic(MOTIFS, turn(5)).unwrap_or(Motif::Sun),
            ink,
            a: random.part(),
            b: random.part(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// Shared with the web app's test.
    const SAME: &str = include_str!("../../../../web/src/ui/poster-art.json");

    fn hex(color: Color) -> String {
        format!("#{}", hex::encode(color))
    }

    #[test]
    fn the_poster_equals_the_web_apps() {
        let all: Vec<Value> = serde_json::from_str(SAME).unwrap();
        assert!(all.len() > 5);
        for expected in all {
            let (id, title) = (expected["id"].as_i64().unwrap(), expected["title"].as_str().unwrap());
            let art = Art::of(EventId::new(id), title);
            let blob =
                |blob: Blob| json!({ "cx": blob.cx, "cy": blob.cy, "r": blob.r, "color": hex(blob.color) });
            let actual = json!({
                "from": hex(art.from), "to": hex(art.to), "angle": art.angle, "blobs": art.blobs.map(blob),
                "motif": format!("{:?}", art.motif).to_lowercase(), "ink": hex(art.ink),
            });
            let mut in_web_app = expected["art"].clone();
            for (name, part) in [("a", art.a), ("b", art.b)] {
                let exact = in_web_app.as_object_mut().unwrap().remove(name).unwrap().as_f64().unwrap();
                assert!((f64::from(part) - exact).abs() < 0.000_1, "{title}: {name} is {part}, not {exact}");
            }
            assert_eq!(actual, in_web_app, "{title}");
        }
    }
}
