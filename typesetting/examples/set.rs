//! Sets one paper, for designers who want to look at it:
//! `cargo run -p typesetting --example set -- letters penalty-decision data.json paper.pdf`
//! The fonts are those that `make assets` made.

use std::borrow::Cow;
use std::error::Error;
use std::path::Path;
use typesetting::{Day, Order, Typesetter};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [letters, template, data, target] = arguments.as_slice() else {
        return Err("set <folder of templates> <template> <data.json> <paper.pdf>".into());
    };
    let fonts = files(Path::new("typesetting/fonts"))?.into_iter().map(|(_, bytes)| Cow::Owned(bytes));
    let templates = files(Path::new(letters))?
        .into_iter()
        .filter(|(name, _)| name.ends_with(".typ"))
        .filter_map(|(name, bytes)| Some((format!("letters/{name}"), String::from_utf8(bytes).ok()?)));
    let typesetter = Typesetter::new(fonts, templates)?;
    let data = serde_json::from_slice(&std::fs::read(data)?)?;
    let made_on = Day { year: 2026, month: 1, day: 1 };
    let paper = typesetter.set(&Order {
        template,
        title: template,
        data: &data,
        pictures: &[],
        made_on,
        identity: template,
    })?;
    std::fs::write(target, &paper.pdf)?;
    println!("{} pages; replaced: {:?}; warnings: {:?}", paper.pages, paper.replaced, paper.warnings);
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, std::io::Error> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.push((entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path())?));
        }
    }
    files.sort();
    Ok(files)
}
