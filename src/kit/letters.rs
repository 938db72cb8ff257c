//! Text files as offices send them: in UTF-8, with or without a mark at their beginning, in UTF-16, or in GB18030.

/// The text of a file, and in which letters it was written when that is not UTF-8. None when it is no text.
pub fn read(bytes: &[u8]) -> Option<(String, &'static str)> {
    if let Some((letters, _)) = encoding_rs::Encoding::for_bom(bytes) {
        let (text, _, has_errors) = letters.decode(bytes);
        let name = if letters == encoding_rs::UTF_8 { "" } else { letters.name() };
        return (!has_errors).then(|| (text.into_owned(), name));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some((text.to_owned(), ""));
    }
    // What a Chinese office program writes when nobody tells it otherwise.
    let text = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes)?;
    (!text.contains('\0')).then(|| (text.into_owned(), "GB18030"))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn the_letters_of_offices_are_read_and_pictures_are_not() {
        let gb = encoding_rs::GB18030.encode("案号,金额").0;
        assert_eq!(read(&gb), Some(("案号,金额".into(), "GB18030")));
        assert_eq!(read("\u{feff}案号".as_bytes()), Some(("案号".into(), "")));
        assert_eq!(read("案号".as_bytes()), Some(("案号".into(), "")));
        assert_eq!(read(&[0x89, b'P', b'N', b'G', 0, 0, 0xff]), None);
    }
}
