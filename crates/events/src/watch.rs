//! When an event's stream can be watched, and what a player loads.

use crate::event::Event;
use chrono::TimeDelta;
use kernel::Timestamp;
use percent_encoding::percent_decode_str;
use url::{Host, Url, form_urlencoded};

/// What the watch page of an event shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WatchPhase {
    /// Before early entry.
    Before,
    /// From early entry to the end of the event.
    Live,
    /// From the end to the end of the replay.
    Replay,
    /// Over or cancelled.
    Over,
}

impl WatchPhase {
    /// Whether the stream can be watched.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Live | Self::Replay)
    }
}

/// How a stream is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// HTTP live streaming, in a player of the watch page.
    Hls,
    /// Embedded player of youtube-nocookie.com.
    Youtube,
    /// Embedded player of Vimeo, without tracking.
    Vimeo,
    /// Embedded player of Twitch.
    Twitch,
    /// A link that opens.
    Link,
}

/// What a player loads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// How it is shown.
    pub kind: MediaKind,
    /// Address of the playlist, of the embedded player, or of the link.
    pub url: String,
}

impl Event {
    /// Start of early entry, `early` before the event.
    pub fn entry_opens_at(&self, early: TimeDelta) -> Timestamp {
        self.start_time.checked_sub_signed(early).unwrap_or(self.start_time)
    }

    /// Phase at `now`.
    pub fn watch_phase(&self, early: TimeDelta, now: Timestamp) -> WatchPhase {
        if self.cancelled_at.is_some() {
            WatchPhase::Over
        } else if now < self.entry_opens_at(early) {
            WatchPhase::Before
        } else if now < self.end_time {
            WatchPhase::Live
        } else if self.details.replay_until.is_some_and(|until| now < until) {
            WatchPhase::Replay
        } else {
            WatchPhase::Over
        }
    }

    /// When the phase after `now` begins; `None` once it is over.
    pub fn next_phase_at(&self, early: TimeDelta, now: Timestamp) -> Option<Timestamp> {
        match self.watch_phase(early, now) {
            WatchPhase::Before => Some(self.entry_opens_at(early)),
            WatchPhase::Live => Some(self.end_time),
            WatchPhase::Replay => self.details.replay_until,
            WatchPhase::Over => None,
        }
    }

    /// What the player loads on a page of `host`; `None` without a stream.
    pub fn media(&self, host: &str) -> Option<Media> {
        (!self.stream_url.is_empty()).then(|| Media::of(&self.stream_url, host))
    }
}

impl Media {
    /// Media of a stream's address. An embedded player of Twitch must be given the embedding `host`.
    pub fn of(stream_url: &str, host: &str) -> Self {
        let embedded = Url::parse(stream_url).ok().and_then(|url| embedded(&url, host));
        embedded.unwrap_or_else(|| Self { kind: MediaKind::Link, url: stream_url.to_owned() })
    }

    /// Origin that the player loads from; `None` for a link.
    pub fn origin(&self) -> Option<String> {
        if self.kind == MediaKind::Link {
            return None;
        }
        Some(Url::parse(&self.url).ok()?.origin().ascii_serialization())
    }

    /// Whether a request target of the media server, as sent, is below the playlist's directory. Servers decode a path once and
    /// resolve dot segments, so a path with such segments is not.
    pub fn covers(&self, path: &str) -> bool {
        let Some(url) = Url::parse(&self.url).ok().filter(|_| self.kind == MediaKind::Hls) else {
            return false;
        };
        let Some(playlist) = plain_path(url.path()) else { return false };
        let directory = playlist.rsplit_once('/').map_or("", |(directory, _)| directory);
        plain_path(path)
            .and_then(|path| path.strip_prefix(directory).map(|rest| rest.starts_with('/') && rest.len() > 1))
            .unwrap_or(false)
    }

    /// Whether the playlist is that of this path of a media server, without slashes at its ends, such as `live/event7`.
    pub fn is_of_path(&self, path: &str) -> bool {
        !path.is_empty() && self.covers(&format!("/{path}/index.m3u8")) && {
            let playlist = Url::parse(&self.url).ok().and_then(|url| plain_path(url.path()));
            playlist.is_some_and(|playlist| {
                playlist
                    .rsplit_once('/')
                    .is_some_and(|(directory, _)| directory.strip_prefix('/') == Some(path))
            })
        }
    }
}

/// The path decoded once; `None` if it has empty or dot segments, backslashes or control characters.
fn plain_path(path: &str) -> Option<String> {
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    let mut segments = decoded.strip_prefix('/')?.split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        if matches!(segment, "." | "..") || (segment.is_empty() && !last) {
            return None;
        }
    }
    (!decoded.contains(|c: char| c == '\\' || c.is_control())).then(|| decoded.into_owned())
}

fn embedded(url: &Url, host: &str) -> Option<Media> {
    if !matches!(url.scheme(), "https" | "http") {
        return None;
    }
    if url.path().to_ascii_lowercase().ends_with(".m3u8") {
        return Some(Media { kind: MediaKind::Hls, url: url.as_str().to_owned() });
    }
    let Some(Host::Domain(domain)) = url.host() else { return None };
    let site = ["www.", "m."].iter().find_map(|prefix| domain.strip_prefix(prefix)).unwrap_or(domain);
    let path: Vec<&str> = url.path().split('/').filter(|part| !part.is_empty()).collect();
    let query =
        |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    match site {
        "youtube.com" | "youtube-nocookie.com" => match path.as_slice() {
            ["watch"] => youtube(&query("v")?),
            ["live" | "shorts" | "embed" | "v", id] => youtube(id),
            _ => None,
        },
        "youtu.be" => youtube(path.first()?),
        "vimeo.com" => match path.as_slice() {
            [id] | ["channels", _, id] | ["groups", _, "videos", id] => vimeo(id, query("h").as_deref()),
            [id, hash] => vimeo(id, Some(hash)),
            _ => None,
        },
        "player.vimeo.com" => match path.as_slice() {
            ["video", id] => vimeo(id, query("h").as_deref()),
            _ => None,
        },
        "twitch.tv" => match path.as_slice() {
            ["videos", id] => twitch("video", id, host),
            [channel] => twitch("channel", channel, host),
            _ => None,
        },
        "player.twitch.tv" => match (query("channel"), query("video")) {
            (Some(channel), _) => twitch("channel", &channel, host),
            (None, Some(video)) => twitch("video", &video, host),
            (None, None) => None,
        },
        _ => None,
    }
}

fn is_word(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn youtube(id: &str) -> Option<Media> {
    let url = format!("https://www.youtube-nocookie.com/embed/{id}");
    is_word(id, 6..=32).then_some(Media { kind: MediaKind::Youtube, url })
}

fn vimeo(id: &str, hash: Option<&str>) -> Option<Media> {
    let number = !id.is_empty() && id.len() <= 20 && id.bytes().all(|byte| byte.is_ascii_digit());
    let hash = match hash {
        Some(hash) if !is_word(hash, 1..=64) => return None,
        Some(hash) => format!("h={hash}&"),
        None => String::new(),
    };
    let url = format!("https://player.vimeo.com/video/{id}?{hash}dnt=1");
    number.then_some(Media { kind: MediaKind::Vimeo, url })
}

fn twitch(kind: &str, id: &str, host: &str) -> Option<Media> {
    let id = if kind == "video" { id.trim_start_matches('v') } else { id };
    let parent: String = form_urlencoded::byte_serialize(host.as_bytes()).collect();
    let url = format!("https://player.twitch.tv/?{kind}={id}&parent={parent}");
    is_word(id, 2..=32).then_some(Media { kind: MediaKind::Twitch, url })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_follow_from_the_address_of_the_stream() {
        use MediaKind::{Hls, Link, Twitch, Vimeo, Youtube};
        let youtube = "https://www.youtube-nocookie.com/embed/jNQXAC9IVRw";
        for (stream, kind, url) in [
            ("https://www.youtube.com/watch?v=jNQXAC9IVRw", Youtube, youtube),
            ("https://youtube.com/watch?list=x&v=jNQXAC9IVRw&t=3", Youtube, youtube),
            ("http://m.youtube.com/watch?v=jNQXAC9IVRw", Youtube, youtube),
            ("https://www.youtube.com/live/jNQXAC9IVRw?feature=share", Youtube, youtube),
            ("https://www.youtube.com/shorts/jNQXAC9IVRw", Youtube, youtube),
            ("https://www.youtube.com/embed/jNQXAC9IVRw", Youtube, youtube),
            ("https://youtu.be/jNQXAC9IVRw?t=3", Youtube, youtube),
            ("https://vimeo.com/76979871", Vimeo, "https://player.vimeo.com/video/76979871?dnt=1"),
            (
                "https://vimeo.com/76979871/8272103f6e",
                Vimeo,
                "https://player.vimeo.com/video/76979871?h=8272103f6e&dnt=1",
            ),
            (
                "https://vimeo.com/channels/staffpicks/76979871",
                Vimeo,
                "https://player.vimeo.com/video/76979871?dnt=1",
            ),
            (
                "https://player.vimeo.com/video/76979871?h=8272103f6e",
                Vimeo,
                "https://player.vimeo.com/video/76979871?h=8272103f6e&dnt=1",
            ),
            (
                "https://www.twitch.tv/club_zero",
                Twitch,
                "https://player.twitch.tv/?channel=club_zero&parent=shop.example",
            ),
            (
                "https://www.twitch.tv/videos/123456",
                Twitch,
                "https://player.twitch.tv/?video=123456&parent=shop.example",
            ),
            (
                "https://player.twitch.tv/?channel=club_zero",
                Twitch,
                "https://player.twitch.tv/?channel=club_zero&parent=shop.example",
            ),
            ("https://media.example/e7/index.m3u8", Hls, "https://media.example/e7/index.m3u8"),
            ("http://localhost:8080/e7/LIVE.M3U8?x=1", Hls, "http://localhost:8080/e7/LIVE.M3U8?x=1"),
        ] {
            assert_eq!(Media::of(stream, "shop.example"), Media { kind, url: url.into() }, "{stream}");
        }
        for stream in [
            "https://meet.example/room",
            "https://www.youtube.com/@club/live",
            "https://www.youtube.com/watch?v=a%22onload",
            "https://youtube.com.evil.example/watch?v=jNQXAC9IVRw",
            "https://notyoutube.com/watch?v=jNQXAC9IVRw",
            "https://vimeo.com/event/12",
            "https://vimeo.com/12/%22x",
            "https://www.twitch.tv/club/zero",
            "https://www.twitch.tv/a&parent=evil.example",
            "https://media.example/watch?file=index.m3u8",
            "not an address",
        ] {
            assert_eq!(
                Media::of(stream, "shop.example"),
                Media { kind: Link, url: stream.into() },
                "{stream}"
            );
        }
    }

    #[test]
    fn the_origin_of_the_player_is_that_of_its_address() {
        let origin = |url: &str| Media::of(url, "shop.example").origin();
        assert_eq!(
            origin("https://youtu.be/jNQXAC9IVRw").as_deref(),
            Some("https://www.youtube-nocookie.com")
        );
        assert_eq!(origin("https://vimeo.com/1").as_deref(), Some("https://player.vimeo.com"));
        assert_eq!(origin("https://twitch.tv/club").as_deref(), Some("https://player.twitch.tv"));
        assert_eq!(
            origin("https://u:p@media.example:8443/a.m3u8").as_deref(),
            Some("https://media.example:8443")
        );
        assert_eq!(origin("https://meet.example/room"), None);
    }

    #[test]
    fn a_token_covers_the_directory_of_its_playlist_only() {
        let media = Media::of("https://media.example/hls/event%207/index.m3u8", "shop.example");
        for path in ["/hls/event%207/index.m3u8", "/hls/event 7/720p/1.ts", "/hls/%65vent%207/a..ts"] {
            assert!(media.covers(path), "{path}");
        }
        for path in [
            "/hls/event%208/index.m3u8",
            "/hls/event%2070/index.m3u8",
            "/hls/event%207",
            "/hls/event%207/",
            "/hls/event%207/../event%208/index.m3u8",
            "/hls/event%207/%2e%2e/event%208/index.m3u8",
            "/hls/event%207/..%2fevent%208/index.m3u8",
            "/hls/event%207/..\\event",
            "/hls//event%207/1.ts",
            "/hls/event%207/./1.ts",
            "/hls/event%207/1%00.ts",
            "hls/event%207/1.ts",
            "",
        ] {
            assert!(!media.covers(path), "{path}");
        }
        assert!(!Media::of("https://meet.example/room", "shop.example").covers("/room"));
    }

    #[test]
    fn a_path_of_a_media_server_is_the_directory_of_the_playlist() {
        let media = Media::of("https://media.example/live/event7/index.m3u8", "shop.example");
        assert!(media.is_of_path("live/event7"));
        for path in
            ["event7", "live", "live/event7/720p", "live/event70", "live/../live/event7", "", "/live/event7"]
        {
            assert!(!media.is_of_path(path), "{path}");
        }
    }
}
