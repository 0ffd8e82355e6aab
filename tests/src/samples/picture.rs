//! Small pictures in PNG (ISO/IEC 15948), without compression.

/// A grey picture of this size in pixels.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend_from_slice(&[8, 0, 0, 0, 0]); // 8 bits, greyscale, the only methods there are, not interlaced
    let row: Vec<u8> = std::iter::once(0)
        .chain((0..width).map(|x| x.wrapping_mul(37).to_le_bytes()[0]))
        .collect();
    let rows = row.repeat(usize::try_from(height).expect("a small picture"));

    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"IDAT", &stored(&rows));
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    file.extend(
        u32::try_from(content.len())
            .expect("a small chunk")
            .to_be_bytes(),
    );
    let checked = [&kind, content].concat();
    file.extend_from_slice(&checked);
    file.extend(crc(&checked).to_be_bytes());
}

/// A zlib stream (RFC 1950) of one stored block (RFC 1951 §3.2.4).
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("a small picture");
    let mut stream = vec![0x78, 0x01, 0x01];
    stream.extend(length.to_le_bytes());
    stream.extend((!length).to_le_bytes());
    stream.extend_from_slice(bytes);
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xEDB8_8320
            } else {
                crc >> 1
            }
        })
    })
}
