//! The numbers of ordered lists.

/// A number as figures, letters or Roman numerals, by how deep its list is nested.
pub fn numeral(number: u64, depth: usize) -> String {
    match depth % 3 {
        1 if (1..=18_278).contains(&number) => letters(number),
        2 if (1..=3999).contains(&number) => roman(number),
        _ => number.to_string(),
    }
}

/// 1 is a, 26 is z, 27 is aa, as Word counts in most languages.
fn letters(mut number: u64) -> String {
    let mut reversed = Vec::new();
    while number > 0 {
        number -= 1;
        reversed.push(char::from(
            b'a' + u8::try_from(number % 26).unwrap_or_default(),
        ));
        number /= 26;
    }
    reversed.iter().rev().collect()
}

fn roman(mut number: u64) -> String {
    let mut text = String::new();
    for (value, letters) in [
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ] {
        while number >= value {
            text.push_str(letters);
            number -= value;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_depth_of_their_list_asks() {
        assert_eq!(numeral(4, 0), "4");
        assert_eq!(numeral(28, 1), "ab");
        assert_eq!(numeral(1994, 2), "mcmxciv");
        assert_eq!(numeral(0, 1), "0");
        assert_eq!(numeral(5000, 2), "5000");
    }
}
