use super::RenderedEmail;
use crate::time_format::format_event_time;
use box_office::{AccountEmail, AccountNotice, ProofReason};
use events::Zone;
use kernel::Language;
use std::net::IpAddr;

/// The network of a request: an IPv4 address, or an IPv6 /64.
fn written(network: IpAddr) -> String {
    if network.is_ipv4() { network.to_string() } else { format!("{network}/64") }
}

impl RenderedEmail {
    /// The email about an account. It omits the account's name, which an attacker may have entered.
    pub(super) fn for_account(email: &AccountEmail, language: Language, base_url: &str) -> Self {
        let t = |english: &str, korean: &str| language.pick(english, korean).to_owned();
        let time = |moment| format_event_time(language, moment, Zone::UTC);
        let login = format!("{base_url}/login");
        let (subject, lines) = match email {
            AccountEmail::Verify { link, reason, requested_at, requested_from, expires_at } => {
                let (when, until) = (time(*requested_at), time(*expires_at));
                let why = match reason {
                    ProofReason::Registered => language.pick(
                        format!("An account was registered with this email address on {when}."),
                        format!("{when}에 이 이메일 주소로 계정이 만들어졌어요."),
                    ),
                    ProofReason::Changed => language.pick(
                        format!("An account was changed to this email address on {when}."),
                        format!("{when}에 한 계정의 이메일이 이 주소로 변경되었어요."),
                    ),
                    ProofReason::Requested => language.pick(
                        format!("A new confirmation link was requested on {when} by an account with this email address."),
                        format!("{when}에 이 이메일 주소를 쓰는 계정이 새 확인 링크를 요청했어요."),
                    ),
                };
                let lines = vec![
                    with_network(language, why, *requested_from),
                    t(
                        "If this was you, log in to that account and open this link to confirm the address:",
                        "본인이라면 그 계정으로 로그인한 뒤 이 링크를 열어 주소를 확인해 주세요.",
                    ),
                    link.clone(),
                    language.pick(
                        format!("The link works once, until {until}."),
                        format!("링크는 {until}까지 한 번만 사용할 수 있어요."),
                    ),
                    t(
                        "If this was not you, do not open the link. To take over the account that uses your address, reset its \
                         password (\u{201c}Forgot password?\u{201d}) here:",
                        "본인이 아니라면 링크를 열지 마세요. 이 주소를 쓰는 계정을 되찾으려면 여기에서 비밀번호를 재설정해 주세요.",
                    ),
                    login,
                ];
                (t("Confirm your email address", "이메일 주소를 확인해 주세요"), lines)
            }
            AccountEmail::ResetPassword { link, requested_at, requested_from, expires_at } => {
                let (when, until) = (time(*requested_at), time(*expires_at));
                let why = language.pick(
                    format!(
                        "A new password was requested on {when} for the account with this email address."
                    ),
                    format!("{when}에 이 이메일 주소를 쓰는 계정의 새 비밀번호가 요청되었어요."),
                );
                let lines = vec![
                    with_network(language, why, *requested_from),
                    t("Open this link to choose it:", "이 링크를 열어 새 비밀번호를 정해 주세요."),
                    link.clone(),
                    language.pick(
                        format!("The link works once, until {until}. It logs the account out everywhere."),
                        format!("링크는 {until}까지 한 번만 사용할 수 있어요. 사용하면 모든 기기에서 로그아웃돼요."),
                    ),
                    t(
                        "If this was not you, ignore this email. Your password stays as it is.",
                        "본인이 아니라면 이 이메일을 무시해 주세요. 비밀번호는 그대로예요.",
                    ),
                ];
                (t("Reset your password", "비밀번호 재설정"), lines)
            }
            AccountEmail::LoginLink { link, requested_at, requested_from, expires_at } => {
                let (when, until) = (time(*requested_at), time(*expires_at));
                login_link_texts(link, language, *requested_from, &when, &until)
            }
            AccountEmail::Notice { notice, at, requested_from } => {
                notice_texts(*notice, language, *requested_from, &time(*at), base_url)
            }
        };
        Self::plain(language, &subject, &lines)
    }
}

/// The sentence with the network of the request, if known.
fn with_network(language: Language, sentence: String, network: Option<IpAddr>) -> String {
    let Some(network) = network.map(written) else { return sentence };
    language.pick(
        format!("{sentence} The request came from the network address {network}."),
        format!("{sentence} 요청한 네트워크 주소: {network}"),
    )
}

/// Subject and lines of a login link.
fn login_link_texts(
    link: &str,
    language: Language,
    requested_from: Option<IpAddr>,
    when: &str,
    until: &str,
) -> (String, Vec<String>) {
    let t = |english: &str, korean: &str| language.pick(english, korean).to_owned();
    let why = language.pick(
        format!("A login link was requested on {when} for the account with this email address."),
        format!("{when}에 이 이메일 주소를 쓰는 계정의 로그인 링크가 요청되었어요."),
    );
    let lines = vec![
        with_network(language, why, requested_from),
        t("Open this link to log in:", "이 링크를 열면 로그인할 수 있어요."),
        link.to_owned(),
        language.pick(
            format!("The link works once, until {until}."),
            format!("링크는 {until}까지 한 번만 사용할 수 있어요."),
        ),
        t(
            "If this was not you, ignore this email and do not forward it.",
            "본인이 아니라면 이 이메일을 무시하고, 다른 사람에게 전달하지 마세요.",
        ),
    ];
    (t("Your login link", "로그인 링크"), lines)
}

/// Subject and lines of a notice without a link.
fn notice_texts(
    notice: AccountNotice,
    language: Language,
    requested_from: Option<IpAddr>,
    when: &str,
    base_url: &str,
) -> (String, Vec<String>) {
    let t = |english: &str, korean: &str| language.pick(english, korean).to_owned();
    let contact = language.pick(
        format!("If this was not you, contact the organiser of your event at {base_url}."),
        format!("본인이 아니라면 {base_url} 에서 이벤트 주최자에게 문의해 주세요."),
    );
    match notice {
        AccountNotice::AddressChanged => {
            let why = language.pick(
                format!("On {when} the account with this email address was changed to another address."),
                format!("{when}에 이 이메일 주소를 쓰던 계정의 주소가 다른 주소로 변경되었어요."),
            );
            let lines = vec![
                with_network(language, why, requested_from),
                t(
                    "Emails about the account and its tickets no longer come here.",
                    "계정과 티켓에 관한 이메일은 더 이상 이 주소로 오지 않아요.",
                ),
                contact,
            ];
            (t("Your email address was changed", "이메일 주소가 변경되었어요"), lines)
        }
        AccountNotice::Deleted => {
            let why = language.pick(
                format!("The account with this email address was deleted on {when}."),
                format!("{when}에 이 이메일 주소를 쓰는 계정이 삭제되었어요."),
            );
            let lines = vec![
                with_network(language, why, requested_from),
                t(
                    "Its personal data was erased. Records of payments are kept without it.",
                    "개인정보는 지워졌고, 결제 기록은 개인정보 없이 보관돼요.",
                ),
                contact,
            ];
            (t("Your account was deleted", "계정이 삭제되었어요"), lines)
        }
    }
}
