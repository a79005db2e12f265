//! Answers that are none, to be sent and closed, reset or left open. `broken::LONG_LENGTH` is half a body too.

/// A head that ends within a name.
pub const HALF_HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-le";
/// Four bytes of a body of a hundred.
pub const LONG_LENGTH: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id";
/// One byte is announced, three come. The first is a whole body.
pub const SHORT_LENGTH: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n722";
pub const TWO_LENGTHS: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n72";
pub const NEGATIVE_LENGTH: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n7";
pub const GARBAGE_LENGTH: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: one\r\n\r\n7";
/// A length that no `u64` can hold.
pub const HUGE_LENGTH: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\n7";
pub const BAD_CHUNK_SIZE: &[u8] =
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n7\r\n0\r\n\r\n";
/// A chunk that is longer than its size says.
pub const LONG_CHUNK: &[u8] = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n722\r\n0\r\n\r\n";
pub const NO_LAST_CHUNK: &[u8] = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n7\r\n";
pub const GARBAGE: &[u8] = b"\x00\x01 random garbage\r\n\r\n";
/// What a server says to those who speak the wrong protocol.
pub const OTHER_PROTOCOL: &[u8] = b"SSH-2.0-OpenSSH_9.6\r\n";
