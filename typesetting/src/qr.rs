//! The square code by which anyone can check a paper, as a drawing without any text.

use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;

/// More text than a square code can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is too long for a square code")]
pub struct TooLong;

/// `text` as a square code in SVG with the quiet edge of four modules that readers need.
pub fn qr_svg(text: &str) -> Result<String, TooLong> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| TooLong)?;
    let width = code.width();
    let mut path = String::new();
    for (row, colors) in code.to_colors().chunks(width).enumerate() {
        let mut column = 0;
        while column < width {
            let run = colors[column..].iter().take_while(|color| **color == Color::Dark).count();
            if run > 0 {
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", column + 4, row + 4);
            }
            column += run.max(1);
        }
    }
    let size = width + 8;
    Ok(format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path d="{path}"/></svg>"#))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_and_a_novel_is_refused() {
        let svg = qr_svg("https://city.example/check/AB12").expect("an address fits");
        assert!(svg.starts_with("<svg") && svg.contains("M4 4h7v1h-7z"), "the corner mark stands at the corner");
        assert_eq!(svg, qr_svg("https://city.example/check/AB12").expect("again"));
        assert_eq!(qr_svg(&"长".repeat(5_000)), Err(TooLong));
    }
}
