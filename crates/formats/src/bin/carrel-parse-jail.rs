//! The jailed parser alone, for this crate's tests; in the product the `carrel` binary plays this part.

fn main() {
    carrel_formats::jail_main()
}
