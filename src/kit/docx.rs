//! Word files as offices print them: A4 lying, one pair of fonts, two headings, tables whose heads are tinted.

use docx_rs::{
    AlignmentType, Docx, LineSpacing, PageMargin, PageOrientationType, Paragraph, Run, RunFonts, Shading, Style,
    StyleType, TableCell, VAlignType, WidthType,
};

/// The media type of Word's files.
pub const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
/// A4 lying, in twentieths of a point: the tables are wide.
const PAGE: (u32, u32) = (16_838, 11_906);
/// The width between the margins, in twentieths of a point.
pub const WIDTH: usize = 14_338;

fn fonts() -> RunFonts {
    RunFonts::new().ascii("Times New Roman").hi_ansi("Times New Roman").east_asia("SimSun")
}

fn styled(id: &str, name: &str, size: usize, before: u32) -> Style {
    let room = LineSpacing::new().before(before).after(120);
    Style::new(id, StyleType::Paragraph).name(name).size(size).bold().fonts(fonts()).line_spacing(room)
}

/// An empty paper with its page, fonts and headings.
pub fn paper() -> Docx {
    Docx::new()
        .page_size(PAGE.0, PAGE.1)
        .page_orient(PageOrientationType::Landscape)
        .page_margin(PageMargin::new().top(1_250).bottom(1_250).left(1_250).right(1_250))
        .default_fonts(fonts())
        .default_size(21)
        .add_style(styled("Heading1", "heading 1", 36, 0))
        .add_style(styled("Heading2", "heading 2", 26, 240))
}

/// A paragraph without a mark of its own: it gets one when the paper is written, by its place alone, so that the same paper is
/// the same file.
pub fn paragraph() -> Paragraph {
    Paragraph::new().id("")
}

/// A paragraph of these words.
pub fn text(words: &str) -> Paragraph {
    paragraph().add_run(Run::new().add_text(words))
}

/// A heading of the first or second level.
pub fn heading(words: &str, level: usize) -> Paragraph {
    text(words).style(&format!("Heading{level}"))
}

/// Lines to sign, side by side: whoever signs, and when.
pub fn signatures(roles: &[String], date: &str) -> Paragraph {
    let lines: Vec<String> =
        roles.iter().map(|role| format!("{role}：＿＿＿＿＿＿＿＿　{date}：＿＿＿＿＿＿")).collect();
    text(&lines.join("　　")).line_spacing(LineSpacing::new().before(480).after(120))
}

/// A cell of a table, so wide in twentieths of a point, its letters so large in half points. Numbers stand at the right.
pub fn cell(words: &str, width: usize, size: usize, is_number: bool, is_head: bool) -> TableCell {
    let mut run = Run::new().add_text(words).size(size);
    if is_head {
        run = run.bold();
    }
    let align = if is_number { AlignmentType::Right } else { AlignmentType::Left };
    let cell = TableCell::new()
        .add_paragraph(paragraph().add_run(run).align(align))
        .width(width, WidthType::Dxa)
        .vertical_align(VAlignType::Center);
    if is_head { cell.shading(Shading::new().fill("EEF4FB")) } else { cell }
}

/// A4 standing, in twentieths of a point.
const LETTER_PAGE: (u32, u32) = (11_906, 16_838);
/// The width between the margins of a letter, in twentieths of a point: 156 mm (GB/T 9704-2012).
pub const LETTER_WIDTH: usize = 8_845;

/// An empty letter as organs send them: A4 standing, the margins of GB/T 9704-2012, letters of size three.
pub fn letter() -> Docx {
    Docx::new()
        .page_size(LETTER_PAGE.0, LETTER_PAGE.1)
        .page_margin(PageMargin::new().top(2_098).bottom(1_984).left(1_588).right(1_474).footer(850))
        .default_fonts(RunFonts::new().ascii("Times New Roman").hi_ansi("Times New Roman").east_asia("FangSong"))
        .default_size(32)
}
