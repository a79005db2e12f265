//! An id by which a call is found again in somebody else's log.

use crate::{
    hooks::{AttemptInfo, CallInfo, Hook},
    random::{Random, SystemRandom},
    request::parse_name,
};
use http::{HeaderName, HeaderValue};

/// Each call says an id of its own in this header, the same on all of its attempts; what a call says there itself stays. It is in the spans as
/// `request.id`.
///
/// It has the form of a UUID of version 4 (RFC 9562, section 5.4), and is drawn from the number that the client gives the call and from two that are drawn once:
/// ids are told from each other, and are no secret.
///
/// A name that no header can have, or that the transport sets itself, is not sent; [`name`](Self::name) says whether it is.
#[derive(Debug)]
pub struct RequestId {
    name: Option<HeaderName>,
    keys: [u64; 2],
}

impl RequestId {
    /// In the header of this name.
    pub fn new(name: impl AsRef<str>) -> Self {
        Self::with_random(name, &SystemRandom::new())
    }

    /// The same with random numbers that a test knows.
    pub fn with_random(name: impl AsRef<str>, random: &dyn Random) -> Self {
        RequestId { name: parse_name(name.as_ref()).ok(), keys: [random.next_u64(), random.next_u64()] }
    }

    /// The header.
    pub fn name(&self) -> Option<&HeaderName> {
        self.name.as_ref()
    }

    fn id(&self, call: &CallInfo<'_>) -> String {
        let [high, low] = self.keys.map(|key| mixed(key.wrapping_add(call.id())));
        let bits = (u128::from(high) << 64) | u128::from(low);
        let bits = bits & !(0xF << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
        let hex = format!("{bits:032x}");
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

/// `SplitMix64`: numbers beside each other become numbers far from each other, and no two the same.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

impl Hook for RequestId {
    fn on_attempt(&self, call: &CallInfo<'_>, attempt: &mut AttemptInfo<'_>) {
        let Some(name) = &self.name else { return };
        if !attempt.headers().contains_key(name) {
            let Ok(id) = HeaderValue::from_maybe_shared(bytes::Bytes::from(self.id(call))) else { return };
            attempt.headers_mut().insert(name, id);
        }
        if let Some(id) = attempt.headers().get(name).and_then(|id| id.to_str().ok()) {
            call.span.note_id(id, attempt.resends() == 0);
        }
    }
}
