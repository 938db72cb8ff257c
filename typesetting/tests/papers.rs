//! Every paper of `letters/`, set with full, empty and very long data, and looked at through a PDF reader.

use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use typesetting::{Block, Day, Kind, Kinds, Order, Paper, Picture, Refused, Typesetter, Unusable, missing};

#[path = "papers/pictures.rs"]
mod pictures;

/// Far more than any paper needs, for a machine that does much else beside.
const TOO_LONG: Duration = Duration::from_secs(120);
const DAY: Day = Day { year: 2026, month: 3, day: 27 };

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files(folder: &str, ending: &str) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(root().join(folder))
        .unwrap_or_else(|fault| panic!("{folder}: {fault}; `make assets` makes the fonts"))
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(ending))
        .map(|entry| {
            (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).expect("a readable file"))
        })
        .collect();
    files.sort();
    files
}

fn fonts() -> Vec<Cow<'static, [u8]>> {
    files("typesetting/fonts", ".ttf").into_iter().map(|(_, bytes)| Cow::Owned(bytes)).collect()
}

fn templates() -> Vec<(String, String)> {
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    files("letters", ".typ").into_iter().map(|(name, bytes)| (format!("letters/{name}"), text(bytes))).collect()
}

fn typesetter() -> &'static Typesetter {
    static ONE: OnceLock<Typesetter> = OnceLock::new();
    ONE.get_or_init(|| Typesetter::new(fonts(), templates()).expect("fonts and templates"))
}

fn kinds() -> &'static Kinds {
    static ONE: OnceLock<Kinds> = OnceLock::new();
    ONE.get_or_init(|| {
        let text = std::fs::read_to_string(root().join("letters/kinds.toml")).expect("readable");
        Kinds::read(&text).expect("kinds.toml")
    })
}

fn sample(kind: &Kind) -> Value {
    let path = root().join(format!("letters/samples/{}.json", kind.id));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}

/// A small grey photograph, PNG.
fn photograph() -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = image::GrayImage::from_fn(320, 240, |x, y| image::Luma([(x / 2 + y / 3) as u8]));
    picture.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).expect("a picture");
    bytes
}

fn set(template: &str, data: &Value) -> Paper {
    let bytes = photograph();
    let names = ["scene-1", "scene-2", "scene-3", "scene-4"];
    let pictures = names.map(|name| Picture { name, bytes: &bytes });
    typesetter()
        .set(&Order { template, title: template, data, pictures: &pictures, made_on: DAY, identity: template })
        .unwrap_or_else(|refused| panic!("{template}: {refused}"))
}

/// What a PDF program of poppler says of `pdf`; none, with the reason told, when it is not installed.
fn ask(program: &str, arguments: &[&str], pdf: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("paper.pdf");
    std::fs::write(&path, pdf).expect("written");
    let mut command = Command::new(program);
    let (before, after): (Vec<&str>, Vec<&str>) = arguments.iter().partition(|argument| **argument != "-");
    match command.args(before).arg(&path).args(after).output() {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(_) => {
            println!("skipped: {program} is not installed (Debian: poppler-utils), so the PDF was not read back");
            None
        }
    }
}

/// The words of a paper without white space; pages are parted by form feeds.
fn text(pdf: &[u8]) -> Option<String> {
    let text = ask("pdftotext", &["-layout", "-"], pdf)?;
    Some(text.chars().filter(|character| *character == '\u{c}' || !character.is_whitespace()).collect())
}

/// Nothing may run over the edge of the page, where it would be lost.
fn stays_on_the_page(name: &str, pdf: &[u8]) {
    let Some(list) = ask("pdftotext", &["-bbox", "-"], pdf) else { return };
    for word in list.lines().filter(|line| line.contains("<word ")) {
        let side = |name: &str| {
            let value = word.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
            value.and_then(|value| value.parse::<f64>().ok()).expect("a number")
        };
        // A4 is 595 × 842 points.
        assert!(side("xMin") > 40.0 && side("xMax") < 555.0 && side("yMax") < 830.0, "{name}: over the edge: {word}");
    }
}

/// Keeps what was set for somebody who wants to look: `STEWARD_PAPERS=folder cargo test -p typesetting`.
fn keep(name: &str, paper: &Paper) {
    if let Some(folder) = std::env::var_os("STEWARD_PAPERS") {
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(Path::new(&folder).join(format!("{name}.pdf")), &paper.pdf).expect("written");
    }
}

#[test]
fn every_kind_has_its_template_its_sample_and_nothing_missing() {
    let known: BTreeSet<String> = templates().into_iter().map(|(path, _)| path).collect();
    for kind in kinds().iter() {
        assert!(known.contains(&format!("letters/{}.typ", kind.template)), "{} has no template", kind.id);
        let lacking: Vec<_> = missing(kind, &sample(kind)).into_iter().map(|field| &field.at).collect();
        assert!(lacking.is_empty(), "the sample of {} lacks {lacking:?}", kind.id);
        assert!(!missing(kind, &json!({})).is_empty(), "{} demands nothing", kind.id);
        for field in &kind.fields {
            let is_cited = field.basis == "文书格式" || field.basis.contains("法第");
            assert!(is_cited, "{}: {} is demanded by nothing", kind.id, field.at);
        }
    }
}

#[test]
fn full_papers_can_be_read_and_are_the_same_each_time() {
    let second = Typesetter::new(fonts(), templates()).expect("fonts and templates");
    for kind in kinds().iter() {
        let data = sample(kind);
        let paper = set(&kind.template, &data);
        keep(&kind.id, &paper);
        assert!(
            paper.replaced.is_empty() && paper.warnings.is_empty(),
            "{}: {:?} {:?}",
            kind.id,
            paper.replaced,
            paper.warnings
        );
        let bytes = photograph();
        let pictures = ["scene-1", "scene-2", "scene-3", "scene-4"].map(|name| Picture { name, bytes: &bytes });
        let template = kind.template.as_str();
        let order =
            Order { template, title: template, data: &data, pictures: &pictures, made_on: DAY, identity: template };
        let again = second.set(&order).expect("set again");
        assert!(paper.pdf == again.pdf, "{} came out otherwise the second time", kind.id);
        if let Some(text) = text(&paper.pdf) {
            assert_eq!(text.matches('\u{c}').count(), paper.pages, "{}: pages", kind.id);
            let mut wanted = vec![];
            for place in ["/organ/name", "/number", "/party/name"] {
                wanted.extend(data.pointer(place).and_then(Value::as_str).filter(|words| !words.is_empty()));
            }
            let joined = text.replace('\u{c}', "");
            for words in wanted {
                // A long name may be broken over two cells' lines, so its beginning is looked for.
                let beginning: String = words.chars().take(6).collect();
                assert!(joined.contains(&beginning), "{}: {words} cannot be read in it", kind.id);
            }
        }
        if let Some(list) = ask("pdffonts", &[], &paper.pdf) {
            let fonts: Vec<&str> = list.lines().skip(2).collect();
            assert!(!fonts.is_empty(), "{} has no font", kind.id);
            for font in fonts {
                // emb, sub and uni: inside the file, cut to what is used, with a way back to the characters.
                assert!(font.contains("yes yes yes"), "{}: {font}", kind.id);
                assert!(font.contains("NotoSerifSC"), "{}: {font}", kind.id);
            }
        }
    }
}

#[test]
fn every_paper_says_the_same_as_lines() {
    for kind in kinds().iter().filter(|kind| kind.id != "file") {
        for data in [sample(kind), json!({}), fill_length(&sample(kind))] {
            let template = kind.template.as_str();
            let order =
                Order { template, title: template, data: &data, pictures: &[], made_on: DAY, identity: template };
            let outline = typesetter().outline(&order).unwrap_or_else(|refused| panic!("{template}: {refused}"));
            let said: String = outline.text().chars().filter(|character| !character.is_whitespace()).collect();
            let title: String = kind.name.chinese.chars().take(2).collect();
            assert!(!outline.blocks.is_empty() && said.contains(&title), "{}: {said}", kind.id);
            for block in &outline.blocks {
                let Block::Table(table) = block else { continue };
                let whole: f64 = table.columns.iter().sum();
                assert!((whole - 1.0).abs() < 1e-6, "{}: {:?}", kind.id, table.columns);
                for row in &table.rows {
                    let cells: usize = row.iter().map(|cell| cell.span).sum();
                    assert_eq!(cells, table.columns.len(), "{}: a row is not as wide as its table", kind.id);
                }
            }
        }
        // Whatever the PDF says, the lines say: word by word, but for heads and feet.
        let data = sample(kind);
        let order =
            Order { template: &kind.template, title: "x", data: &data, pictures: &[], made_on: DAY, identity: "x" };
        let outline = typesetter().outline(&order).expect("as above");
        let said: String = outline.text().chars().filter(|character| !character.is_whitespace()).collect();
        let mut wanted = Vec::new();
        words_of(&data, "", &mut wanted);
        let pdf = text(&set(&kind.template, &data).pdf);
        for words in wanted {
            let words: String = words.chars().filter(|character| !character.is_whitespace()).collect();
            let is_in_pdf = pdf.as_ref().is_none_or(|pdf| pdf.contains(&words));
            assert!(!is_in_pdf || said.contains(&words), "{}: {words} is missing from the lines", kind.id);
        }
    }
    let interview = typesetter().outline(&Order {
        template: "interview-record",
        title: "x",
        data: &json!({}),
        pictures: &[],
        made_on: DAY,
        identity: "x",
    });
    assert_eq!(interview.expect("lines").signer.as_deref(), Some("被询问人"));
}

/// The longer texts of a paper: names, facts, reasons.
fn words_of(value: &Value, key: &str, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.chars().count() >= 8 && !["address", "code", "picture"].contains(&key) => {
            found.extend(text.lines().map(str::to_owned));
        }
        Value::Array(items) => items.iter().for_each(|item| words_of(item, key, found)),
        Value::Object(fields) => fields.iter().for_each(|(key, value)| words_of(value, key, found)),
        _ => {}
    }
}

#[test]
fn empty_papers_are_forms_to_fill_in_by_hand() {
    for kind in kinds().iter() {
        for (name, data) in [("empty", json!({})), ("nothing", Value::Null), ("a word", json!("?"))] {
            let paper = set(&kind.template, &data);
            if name == "empty" {
                keep(&format!("{}-empty", kind.id), &paper);
            }
            assert!(paper.pages >= 1, "{} with {name}", kind.id);
        }
    }
}

/// Every text twenty times itself, every list three times.
fn lengthen(value: &Value, key: &str) -> Value {
    match value {
        Value::String(text) if !["template", "kind", "picture", "address", "code"].contains(&key) => {
            let is_day = text.len() >= 10 && text.as_bytes()[4] == b'-';
            Value::String(if is_day { text.clone() } else { text.repeat(20) })
        }
        Value::Array(items) if key != "papers" => {
            let longer: Vec<Value> = items.iter().map(|item| lengthen(item, key)).collect();
            std::iter::repeat_n(longer, 3).flatten().collect()
        }
        Value::Array(items) => items.iter().map(|item| lengthen(item, key)).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), lengthen(value, key))).collect(),
        other => other.clone(),
    }
}

/// The same for a whole paper.
fn fill_length(data: &Value) -> Value {
    lengthen(data, "")
}

/// Every text replaced by `text`.
fn fill(value: &Value, key: &str, text: &str) -> Value {
    match value {
        Value::String(kept) if key == "template" => Value::String(kept.clone()),
        Value::Array(items) => items.iter().map(|item| fill(item, key, text)).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), fill(value, key, text))).collect(),
        _ => Value::String(text.to_owned()),
    }
}

#[test]
fn very_long_papers_run_on_over_more_pages() {
    for kind in kinds().iter().filter(|kind| kind.id != "file") {
        let begun = Instant::now();
        let paper = set(&kind.template, &lengthen(&sample(kind), ""));
        let took = begun.elapsed();
        keep(&format!("{}-long", kind.id), &paper);
        println!("{}: {} pages when long, {} ms", kind.id, paper.pages, took.as_millis());
        assert!(paper.pages > 1, "{} cut something off?", kind.id);
        stays_on_the_page(&kind.id, &paper.pdf);
        assert!(took < TOO_LONG, "{} took {took:?}", kind.id);
    }
}

const OF_EACH_MANNER: [&str; 6] = [
    "penalty-decision",
    "evidence-keeping-notice",
    "interview-record",
    "summary-decision",
    "filing-approval",
    "photograph-sheet",
];

#[test]
fn whatever_people_type_is_printed_or_marked() {
    let long_word = "a".repeat(2_000);
    let long_name = "欧阳".repeat(1_000);
    let marks = "\u{301}".repeat(500);
    let texts = [
        "#panic(\"no\") $x^2$ *b* _i_ `c` <label> @ref \\ // /* ] } \" ' = - + / [",
        "\u{0}\u{1}\u{7}\u{1b}[31m\u{7f}\u{85}\u{9f}\r\n\u{202e}反\u{200b}\u{feff}",
        "😀👨‍👩‍👧‍👦🇨🇳 \u{31350}\u{f8ff}\u{10ffff} ﷺ ا ב ཀ ก ﷽",
        "2026-99-99T99:99",
        "-1",
        "\n\n\n\n",
        &long_word,
        &long_name,
        &marks,
    ];
    for kind in kinds().iter().filter(|kind| kind.id != "file") {
        // The long ones take their time: one kind for each manner of paper is enough.
        let is_tried = |text: &&str| text.len() < 400 || OF_EACH_MANNER.contains(&kind.id.as_str());
        for text in texts.into_iter().filter(is_tried) {
            let begun = Instant::now();
            let paper = set(&kind.template, &fill(&sample(kind), "", text));
            let took = begun.elapsed();
            let beginning: String = text.chars().take(12).collect();
            assert!(took < TOO_LONG, "{} took {took:?} for {beginning:?}", kind.id);
            if text == long_word {
                stays_on_the_page(&kind.id, &paper.pdf);
            }
            if text.starts_with('😀') {
                assert!(!paper.replaced.is_empty(), "{}: nothing was told of what cannot be printed", kind.id);
            }
        }
    }
}

#[test]
fn a_rare_character_is_printed_and_a_missing_one_is_marked_and_told() {
    let kind = kinds().find("penalty-decision").expect("there");
    let mut data = sample(kind);
    data["party"]["name"] = json!("㛃䶮𫖯🙂");
    let paper = set(&kind.template, &data);
    assert_eq!(paper.replaced.len(), 1);
    assert_eq!((paper.replaced[0].at.as_str(), paper.replaced[0].character), ("party.name", '🙂'));
    if let Some(text) = text(&paper.pdf) {
        assert!(text.contains("㛃䶮𫖯〓"), "the name reads otherwise");
    }
    data["party"]["name"] = json!("长".repeat(10_000));
    let paper = set(&kind.template, &data);
    stays_on_the_page("a name of 10,000 characters", &paper.pdf);
    assert!((20..60).contains(&paper.pages), "{} pages", paper.pages);
    assert!("〔〕□○√×●№㎡℃〇①—…“”".chars().all(|sign| typesetter().draws(sign)));
}

#[test]
fn a_seal_never_stands_alone_on_a_page() {
    for (template, place) in
        [("penalty-decision", "facts"), ("penalty-notice", "facts"), ("correction-notice", "facts")]
    {
        let kind = kinds().find(template).expect("there");
        for count in 0..24 {
            let mut data = sample(kind);
            data[place] = (0..count)
                .map(|_| Value::from("这是一行用来把落款往下推的文字，写到这里正好略多于一行半的样子。"))
                .collect();
            let paper = set(template, &data);
            let Some(text) = text(&paper.pdf) else { return };
            let last = text.trim_end_matches('\u{c}').rsplit('\u{c}').next().unwrap_or_default().to_owned();
            let own = last.split("望澜市城市管理综合行政执法局").next().unwrap_or_default();
            let own = own.split("联系人：").next().unwrap_or_default();
            assert!(own.chars().count() >= 20, "{template} with {count} more lines ends with a page of only {last:?}");
            assert!(last.contains("年") && last.contains("（印章）"), "{template}: the date left the seal: {last:?}");
        }
    }
}

#[test]
fn papers_number_their_pages_and_a_file_numbers_its_leaves() {
    let interview = kinds().find("interview-record").expect("there");
    let paper = set(&interview.template, &lengthen(&sample(interview), ""));
    let Some(words) = text(&paper.pdf) else { return };
    for (place, page) in words.trim_end_matches('\u{c}').split('\u{c}').enumerate() {
        assert!(page.contains(&format!("第{}页共{}页", place + 1, paper.pages)), "page {}", place + 1);
        assert!(page.contains("被询问人（签名并捺指印）"), "page {} has no line to be signed", place + 1);
    }

    let kind = kinds().find("file").expect("there");
    let file = set(&kind.template, &sample(kind));
    let words = text(&file.pdf).expect("as above");
    let pages: Vec<&str> = words.trim_end_matches('\u{c}').split('\u{c}').collect();
    assert_eq!(pages.len(), file.pages);
    let leaves = pages.iter().filter(|page| page.contains("卷内第")).count();
    // Cover, catalogue and notes carry no leaf number.
    assert_eq!(leaves, file.pages - 3);
    for leaf in 1..=leaves {
        assert!(pages[leaf + 1].contains(&format!("卷内第{leaf}页")), "leaf {leaf}");
    }
    let decision = pages.iter().position(|page| page.contains("经查明")).expect("the decision") - 1;
    let row = ask("pdftotext", &["-layout", "-f", "2", "-l", "2", "-"], &file.pdf).expect("as above");
    assert!(
        row.contains(&format!("{decision}–")),
        "the catalogue does not say that the decision begins at {decision}: {row}"
    );
}

#[test]
fn pictures_that_cannot_be_read_leave_a_frame() {
    let kind = kinds().find("photograph-sheet").expect("there");
    let data = sample(kind);
    let bomb = {
        // A PNG that claims 60,000 × 60,000 dots.
        let mut bytes = photograph();
        bytes[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        bytes
    };
    let cut = photograph()[..200].to_vec();
    let pictures = [
        Picture { name: "scene-1", bytes: b"not a picture" },
        Picture { name: "scene-2", bytes: &bomb },
        Picture { name: "scene-3", bytes: &cut },
    ];
    let order = Order {
        template: "photograph-sheet",
        title: "照片",
        data: &data,
        pictures: &pictures,
        made_on: DAY,
        identity: "x",
    };
    let paper = typesetter().set(&order).expect("set");
    assert_eq!(paper.warnings.len(), 3, "{:?}", paper.warnings);
    if let Some(text) = text(&paper.pdf) {
        assert_eq!(text.matches("图片无法显示").count(), 4);
    }
}

fn refuse(template: &str, data: &Value) -> Refused {
    let small = Typesetter::new(fonts(), [("letters/x.typ".to_owned(), template.to_owned())]).expect("a font");
    let order = Order { template: "x", title: "x", data, pictures: &[], made_on: DAY, identity: "x" };
    small.set(&order).expect_err("it should be refused")
}

#[test]
fn a_fault_in_a_template_names_file_and_line() {
    let Refused::Template { template, line, message } = refuse("#let paper(data) = {\n  data.nothing\n}\n", &json!({}))
    else {
        panic!("another refusal")
    };
    assert_eq!((template.as_str(), line), ("letters/x.typ", 2));
    assert!(message.contains("nothing"), "{message}");
    let Refused::Template { line, .. } = refuse("#let paper(data) = [\n\n  #(1 +\n", &json!({})) else {
        panic!("another refusal")
    };
    assert!(line >= 1);
    assert_eq!(
        refuse("#let paper(data) = { while true {} }\n", &json!({})).to_string().split(':').next(),
        Some("letters/x.typ, line 1")
    );
    assert!(matches!(refuse("#let paper(data) = paper(data)\n", &json!({})), Refused::Template { .. }));
}

#[test]
fn a_template_reaches_no_file_no_package_and_no_clock() {
    for attempt in [
        "read(\"/etc/passwd\")",
        "read(\"../../etc/passwd\")",
        "image(\"/pictures/0\")",
        "{ import \"@preview/cetz:0.3.0\" }",
        "datetime.today().display()",
        "plugin(\"/x.wasm\")",
    ] {
        let refused = refuse(&format!("#let paper(data) = {attempt}\n"), &json!({}));
        assert!(matches!(refused, Refused::Template { .. }), "{attempt}: {refused}");
    }
}

#[test]
fn too_much_is_refused_before_it_is_set() {
    fn order(data: &Value) -> Order<'_> {
        Order { template: "file-notes", title: "x", data, pictures: &[], made_on: DAY, identity: "x" }
    }
    let long = json!({ "remark": "长".repeat(2_000_000) });
    assert!(matches!(typesetter().set(&order(&long)), Err(Refused::TooLong { .. })));
    let mut deep = json!("x");
    for _ in 0..40 {
        deep = json!([deep]);
    }
    assert!(matches!(typesetter().set(&order(&deep)), Err(Refused::TooDeep(_))));
    let empty = json!({});
    let mut wall = Vec::new();
    image::GrayImage::new(6_000, 8_000)
        .write_to(&mut std::io::Cursor::new(&mut wall), image::ImageFormat::Png)
        .expect("a picture");
    let walls = [Picture { name: "wall", bytes: &wall }; 6];
    assert!(matches!(typesetter().set(&Order { pictures: &walls, ..order(&empty) }), Err(Refused::TooManyDots { .. })));
    let unknown = Order { template: "../kinds", ..order(&empty) };
    assert!(matches!(typesetter().set(&unknown), Err(Refused::NoTemplate(_))));
    let nowhen = Order { made_on: Day { year: 2026, month: 2, day: 30 }, ..order(&empty) };
    assert!(matches!(typesetter().set(&nowhen), Err(Refused::NoDay(_))));
    assert_eq!(Typesetter::new([Cow::Borrowed(&b"no font"[..])], []).err(), Some(Unusable::Font(0)));
    assert_eq!(Typesetter::new([], []).err(), Some(Unusable::NoFont));
}

/// Measured, not held to tight limits: the machine may be busy. Without optimisation nothing is worth measuring, and a tenth of the
/// work shows as well that it can be done.
#[test]
fn figures() {
    let part = if cfg!(debug_assertions) { 10 } else { 1 };
    let begun = Instant::now();
    let fresh = Typesetter::new(fonts(), templates()).expect("fonts and templates");
    println!("fonts and library: {} ms", begun.elapsed().as_millis());
    let kind = kinds().find("penalty-decision").expect("there");
    fn order<'a>(data: &'a Value, template: &'a str) -> Order<'a> {
        Order { template, title: "决定书", data, pictures: &[], made_on: DAY, identity: "figures" }
    }
    for round in 1..=4 {
        let mut data = sample(kind);
        data["number"] = json!(format!("望城管罚决字〔2026〕{round}号"));
        data["party"]["name"] = json!(format!("第{round}家便民超市"));
        let begun = Instant::now();
        let paper = fresh.set(&order(&data, "penalty-decision")).expect("set");
        println!(
            "decision {round}: {} pages, {} KB, {} ms",
            paper.pages,
            paper.pdf.len() / 1000,
            begun.elapsed().as_millis()
        );
    }

    let before = memory();
    for round in 0..150 / part {
        let mut data = sample(kind);
        data["party"]["name"] = json!(format!("第{round}家便民超市"));
        fresh.set(&order(&data, "penalty-decision")).expect("set");
    }
    println!("memory before and after {} more: {before} MB, {} MB", 150 / part, memory());

    // A file of about 200 pages: forty-odd papers and as many pictures.
    let kind = kinds().find("file").expect("there");
    let mut file = sample(kind);
    let once = file["papers"].as_array().cloned().unwrap_or_default();
    let mut papers = Vec::new();
    let mut names = Vec::new();
    while papers.len() < 110 / part {
        for paper in &once {
            let mut paper = paper.clone();
            let serial = papers.len();
            paper["data"]["number"] = json!(format!("望城管字〔2026〕{serial}号"));
            for (place, one) in paper["data"]["photographs"].as_array_mut().into_iter().flatten().enumerate() {
                let name = format!("scene-{serial}-{place}");
                one["picture"] = json!(name);
                names.push(name);
            }
            papers.push(paper);
        }
    }
    file["papers"] = papers.into();
    let jpegs: Vec<Vec<u8>> = (0..names.len()).map(coloured_photograph).collect();
    let pictures: Vec<Picture<'_>> = names.iter().zip(&jpegs).map(|(name, bytes)| Picture { name, bytes }).collect();
    for round in 1..=2 {
        file["name"] = json!(format!("第{round}次装订"));
        let begun = Instant::now();
        let paper = fresh.set(&Order { pictures: &pictures, ..order(&file, "file") }).expect("set");
        let took = begun.elapsed();
        println!(
            "file {round}: {} papers, {} pictures, {} pages, {} KB, {} ms, {} MB of memory; {:?}",
            file["papers"].as_array().map_or(0, Vec::len),
            pictures.len(),
            paper.pages,
            paper.pdf.len() / 1000,
            took.as_millis(),
            memory(),
            paper.warnings,
        );
        keep("file-of-200-pages", &paper);
        assert!(paper.pages >= 150 / part);
        assert!(took < TOO_LONG, "{took:?}");
    }
}

/// What the process holds in memory, in MB; 0 where it cannot be told.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().split(' ').next().and_then(|kilobytes| kilobytes.parse::<usize>().ok()).unwrap_or_default() / 1000
}

/// A photograph of 1600 × 1200 dots, as the public copies are, as a JPEG.
fn coloured_photograph(serial: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = image::RgbImage::from_fn(1600, 1200, |x, y| {
        image::Rgb([(x / 7 + serial as u32 * 13) as u8, (y / 5) as u8, ((x * y) >> 13) as u8])
    });
    picture.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Jpeg).expect("a picture");
    bytes
}
