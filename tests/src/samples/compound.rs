//! A password-protected Office file: a compound file ([MS-CFB]) with the two streams such files have ([MS-OFFCRYPTO] §2.3).

const SECTOR: usize = 512;
const FREE: u32 = 0xFFFF_FFFF;
const END: u32 = 0xFFFF_FFFE;
const TABLE: u32 = 0xFFFF_FFFD;

/// A .docx that wants a password.
pub fn encrypted_office() -> Vec<u8> {
    // Streams of at least 4096 bytes lie in ordinary sectors, eight here for each.
    let mut about = vec![4, 0, 4, 0, 0x40, 0, 0, 0];
    about.extend_from_slice(
        br#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><encryption xmlns="http://schemas.microsoft.com/office/2006/encryption"><keyData saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512" saltValue="AAAAAAAAAAAAAAAAAAAAAA=="/></encryption>"#,
    );
    about.resize(8 * SECTOR, b' ');
    let mut package = 4000_u64.to_le_bytes().to_vec();
    package.extend((0..8 * SECTOR - 8).map(|n| (n * 131 % 251).to_le_bytes()[0]));

    let mut file = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    file.resize(24, 0);
    for half in [0x3E_u16, 3, 0xFFFE, 9, 6] {
        file.extend_from_slice(&half.to_le_bytes()); // versions, byte order, sector and mini sector shifts
    }
    file.resize(44, 0);
    for word in [1, 1, 0, 4096, END, 0, END, 0, 0] {
        file.extend_from_slice(&u32::to_le_bytes(word)); // one table sector; directory at 1; mini cutoff; no mini or further tables; table at 0
    }
    file.resize(SECTOR, 0xFF);

    let mut table = vec![TABLE, END];
    table.extend(chain(2).chain(chain(10)));
    table.resize(SECTOR / 4, FREE);
    file.extend(table.iter().flat_map(|word| word.to_le_bytes()));
    file.extend(entry("Root Entry", 5, 1, END, 0));
    file.extend(entry("EncryptionInfo", 2, FREE, 2, about.len()));
    let mut sibling = entry("EncryptedPackage", 2, FREE, 10, package.len());
    sibling[68..72].copy_from_slice(&1_u32.to_le_bytes());
    // The root's child is the longer name; the shorter one is its left sibling.
    let root_child = 2_u32.to_le_bytes();
    let root = 2 * SECTOR;
    file[root + 76..root + 80].copy_from_slice(&root_child);
    file.extend(sibling);
    file.extend(entry("", 0, FREE, 0, 0));
    file.extend(about);
    file.extend(package);
    file
}

fn chain(first: u32) -> impl Iterator<Item = u32> {
    (first + 1..first + 8).chain([END])
}

fn entry(name: &str, kind: u8, child: u32, start: u32, size: usize) -> Vec<u8> {
    let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let length = if name.is_empty() { 0 } else { entry.len() + 2 };
    entry.resize(64, 0);
    entry.extend_from_slice(&u16::try_from(length).expect("a short name").to_le_bytes());
    entry.extend_from_slice(&[kind, 1]);
    for word in [FREE, FREE, child] {
        entry.extend_from_slice(&word.to_le_bytes());
    }
    entry.resize(116, 0);
    entry.extend_from_slice(&start.to_le_bytes());
    entry.extend_from_slice(&u64::try_from(size).expect("a small stream").to_le_bytes());
    entry
}
