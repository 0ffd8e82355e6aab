//! What an API key looks like: `sk-`, 40 random letters and digits (238 bits), and 6 more that are the CRC-32 of
//! the 40. The checksum keeps nothing secret: by it a mistyped key is known without asking the database, and programs
//! that look for leaked keys know one when they see it.

use carrel_platform::crypto::{random, sha256};

/// What every key begins with.
pub(crate) const MARK: &str = "sk-";

const RANDOM: usize = 40;
const CHECKSUM: usize = 6;
/// Letters of a key that are kept to be shown.
const SHOWN: usize = 6;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A new key.
pub(super) fn generate() -> String {
    let mut key = String::with_capacity(MARK.len() + RANDOM + CHECKSUM);
    key.push_str(MARK);
    while key.len() < MARK.len() + RANDOM {
        let missing = MARK.len() + RANDOM - key.len();
        // Bytes of the last, incomplete round of digits are left out: with them some digits would come up more often.
        let fair = random::<64>().into_iter().filter(|byte| *byte < 4 * 62);
        key.extend(fair.take(missing).map(|byte| digit(u32::from(byte))));
    }
    let checksum = checksum(&key[MARK.len()..]);
    key.push_str(&checksum);
    key
}

/// The hash by which a key is found; `None` for a text that was never a key.
pub(super) fn hash(key: &str) -> Option<Vec<u8>> {
    let rest = key.strip_prefix(MARK)?;
    if rest.len() != RANDOM + CHECKSUM || !rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let (random, given) = rest.split_at(RANDOM);
    (checksum(random) == given).then(|| sha256(key.as_bytes()))
}

/// The beginning of a key, by which its owner knows it again.
pub(super) fn prefix(key: &str) -> &str {
    &key[..MARK.len() + SHOWN]
}

fn digit(value: u32) -> char {
    char::from(DIGITS[(value % 62) as usize])
}

/// The CRC-32 in base 62, most significant digit first; six digits hold any.
fn checksum(text: &str) -> String {
    let mut rest = crc32(text.as_bytes());
    let mut digits = [' '; CHECKSUM];
    for place in digits.iter_mut().rev() {
        *place = digit(rest);
        rest /= 62;
    }
    digits.iter().collect()
}

/// CRC-32 of IEEE 802.3, bit by bit: forty bytes need no table.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let odd = crc & 1 == 1;
            crc >>= 1;
            if odd {
                crc ^= 0xEDB8_8320;
            }
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_checksum_is_the_one_that_everybody_computes() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        // 0xCBF43926 = 3421780262 in base 62.
        let mut value = 0_u64;
        for letter in checksum("123456789").bytes() {
            let place = DIGITS.iter().position(|digit| *digit == letter);
            value = value * 62 + place.expect("a digit") as u64;
        }
        assert_eq!(value, 0xCBF4_3926);
    }

    #[test]
    fn a_new_key_is_known_and_each_mistyped_one_is_not() {
        let key = generate();
        assert_eq!(key.len(), 49);
        assert!(key.starts_with(prefix(&key)) && prefix(&key).len() == 9);
        assert_eq!(hash(&key), Some(sha256(key.as_bytes())));
        for place in MARK.len()..key.len() {
            let other = if &key[place..=place] == "x" { "y" } else { "x" };
            let mistyped = format!("{}{other}{}", &key[..place], &key[place + 1..]);
            assert_eq!(hash(&mistyped), None, "{mistyped}");
        }
        for wrong in ["", "sk-", &key[1..], &key[..48], &format!("{key}0"), "sk-ü"] {
            assert_eq!(hash(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_digit_comes_up_about_as_often_as_any_other() {
        let keys: HashSet<String> = (0..2_000).map(|_| generate()).collect();
        assert_eq!(keys.len(), 2_000, "no key comes twice");
        let mut counts = [0_i32; 62];
        for key in &keys {
            for letter in key[MARK.len()..MARK.len() + RANDOM].bytes() {
                let place = DIGITS.iter().position(|digit| *digit == letter);
                counts[place.expect("a digit")] += 1;
            }
        }
        // 80,000 draws: 1290 of each, with a deviation of 36. Six of them happen once in ten million runs.
        assert!(
            counts.iter().all(|count| (count - 1290).abs() < 6 * 36),
            "{counts:?}"
        );
    }
}
