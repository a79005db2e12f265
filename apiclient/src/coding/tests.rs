use super::*;

const TEXT: &[u8] = b"hello hello hello hello";
/// The same as others pack it: `gzip`, `zlib`, its inside alone, `brotli`, `zstd`.
const PACKED: &[(&str, &[u8])] = &[
    #[cfg(feature = "gzip")]
    (
        "gzip",
        &[
            0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57,
            0xc8, 0x40, 0x27, 0x01, 0xe3, 0x51, 0x3d, 0x8d, 0x17, 0x00, 0x00, 0x00,
        ],
    ),
    #[cfg(feature = "deflate")]
    (
        "deflate",
        &[0x78, 0x9c, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x27, 0x01, 0x68, 0x03, 0x08, 0xb1],
    ),
    #[cfg(feature = "deflate")]
    ("deflate", &[0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x27, 0x01]),
    #[cfg(feature = "brotli")]
    (
        "br",
        &[
            0x1b, 0x16, 0x00, 0xf8, 0x8d, 0x94, 0x6e, 0xde, 0x44, 0x55, 0x86, 0x96, 0x6c, 0x20, 0x6f, 0x21,
            0x4f, 0x1c, 0xe0, 0x38,
        ],
    ),
    #[cfg(feature = "zstd")]
    (
        "zstd",
        &[
            0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x65, 0x00, 0x00, 0x30, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x20,
            0x01, 0x00, 0x99, 0x4b, 0x11, 0x17, 0x5e, 0xae, 0x0d,
        ],
    ),
];

fn unpacker(codings: &str) -> Option<Box<Unpacker>> {
    let headers = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_str(codings).unwrap())]);
    Unpacker::of(&headers).unwrap()
}

fn unpack<'a>(coding: &str, chunks: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, Stop> {
    let (mut unpacker, mut out) = (unpacker(coding).unwrap(), Vec::new());
    let mut keep = |piece: &[u8]| {
        out.extend_from_slice(piece);
        Ok(())
    };
    for chunk in chunks {
        unpacker.unpack(chunk, &mut keep)?;
    }
    unpacker.end(&mut keep)?;
    Ok(out)
}

#[test]
fn however_a_body_arrives_it_is_the_same() {
    for (coding, packed) in PACKED {
        for at in 0..packed.len() {
            let (a, b) = packed.split_at(at);
            assert_eq!(unpack(coding, [a, b]).unwrap(), TEXT, "{coding} at {at}");
        }
        assert_eq!(unpack(coding, packed.chunks(1)).unwrap(), TEXT, "{coding}");
        assert_eq!(unpack(&coding.to_uppercase(), [*packed]).unwrap(), TEXT, "{coding}");
    }
}

#[test]
fn a_body_without_its_end_is_broken() {
    for (coding, packed) in PACKED {
        for at in 1..packed.len() {
            assert_eq!(unpack(coding, [&packed[..at]]), Err(Stop::Corrupt), "{coding} at {at}");
        }
        assert_eq!(unpack(coding, [&b""[..]]).unwrap(), b"", "an empty one has no coding");
        assert_eq!(unpack(coding, [&b"{\"plain\":true}"[..]]), Err(Stop::Corrupt), "{coding}");
    }
}

#[test]
fn what_stands_behind_a_body() {
    for (coding, packed) in PACKED {
        let twice = unpack(coding, [*packed, packed]);
        let padded = unpack(coding, [*packed, &[0; 9]]);
        match *coding {
            // Members and frames may follow each other.
            "gzip" | "zstd" => assert_eq!(twice.unwrap(), [TEXT, TEXT].concat(), "{coding}"),
            _ => assert_eq!(twice, Err(Stop::Corrupt), "{coding}"),
        }
        match *coding {
            "gzip" | "deflate" => assert_eq!(padded.unwrap(), TEXT, "{coding}"),
            _ => assert_eq!(padded, Err(Stop::Corrupt), "{coding}"),
        }
        assert_eq!(unpack(coding, [*packed, b"x"]), Err(Stop::Corrupt), "{coding}");
    }
}

#[cfg(feature = "gzip")]
#[test]
fn each_member_is_checked() {
    let mut wrong = PACKED[0].1.to_vec();
    let checksum = wrong.len() - 8;
    wrong[checksum] ^= 1;
    assert_eq!(unpack("gzip", [&*wrong]), Err(Stop::Corrupt));
    assert_eq!(unpack("x-gzip", [PACKED[0].1]).unwrap(), TEXT);
    let then_more = [PACKED[0].1, &[0, 0], PACKED[0].1].concat();
    assert_eq!(unpack("gzip", [&*then_more]), Err(Stop::Corrupt), "behind the padding");
}

#[cfg(all(feature = "gzip", feature = "deflate"))]
#[test]
fn codings_one_above_the_other() {
    use flate2::{Compression, write::ZlibEncoder};
    use std::io::Write;
    let mut twice = ZlibEncoder::new(Vec::new(), Compression::default());
    twice.write_all(PACKED[0].1).unwrap();
    let twice = twice.finish().unwrap();
    assert_eq!(unpack("gzip, deflate", [&*twice]).unwrap(), TEXT);
    assert_eq!(unpack("gzip, identity,, deflate", twice.chunks(1)).unwrap(), TEXT);
    let headers = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static("gzip, gzip, gzip"))]);
    assert!(Unpacker::of(&headers).is_err());
}

#[test]
fn a_coding_that_nobody_knows_is_left_alone() {
    assert!(unpacker("compress").is_none());
    assert!(unpacker("gzip, compress").is_none());
    assert!(unpacker("identity").is_none());
    assert!(unpacker("").is_none());
    assert!(Unpacker::of(&HeaderMap::new()).unwrap().is_none());
    assert_eq!(accepted().is_none(), NAMES.is_empty());
}
