//! `learn`: a reader of texts is trained from a list that people have sorted, sorts a list itself, and is measured.

use super::out::Out;
use super::serve::FILES;
use super::{Outcome, Settings, told};
use crate::app::App;
use crate::kit::clock::Clock;
use crate::kit::db::DbError;
use crate::suggestions::suggestion::LearningState;
use crate::suggestions::{running, store};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use understanding::words::grams::Text;
use understanding::words::measuring::{Answer, Figures, folds};
use understanding::words::model::Model;
use understanding::words::sheet::{GROUP_COLUMN, LABEL_COLUMN, Sheet, Unreadable};
use understanding::words::training::{self, Lesson, fingerprint, train};

/// Where a model lies when nobody says otherwise.
const MODEL: &str = "var/model.bin";

/// What can be done with lists of texts.
#[derive(Debug, Subcommand)]
pub enum LearnCommand {
    /// Learn from texts that people have sorted, and write the model
    Train {
        /// CSV, UTF-8, the first line naming the columns
        file: PathBuf,
        /// Where the model is written
        #[arg(long, default_value = MODEL, value_name = "PATH")]
        model: PathBuf,
        #[command(flatten)]
        columns: Columns,
    },
    /// Learn from what the desk filed, as the program does by itself at night; used only if it is not worse than what is in use
    Cases,
    /// Sort texts: write the rows back with the columns `label` and `confidence`
    Predict {
        /// CSV, UTF-8, the first line naming the columns
        file: PathBuf,
        /// The model to read
        #[arg(long, default_value = MODEL, value_name = "PATH")]
        model: PathBuf,
        /// The columns of text, separated by commas [default: those that the model learnt from]
        #[arg(long, value_name = "COLUMNS")]
        text: Option<String>,
        /// Where the rows are written [default: the standard output]
        #[arg(long, value_name = "PATH")]
        out: Option<PathBuf>,
    },
    /// Measure a model on sorted texts as it is, or with --folds by training anew without each part of the list
    Eval {
        /// CSV, UTF-8, the first line naming the columns
        file: PathBuf,
        /// The model to judge [default: var/model.bin]
        #[arg(long, conflicts_with = "folds", value_name = "PATH")]
        model: Option<PathBuf>,
        /// Into how many parts the list is dealt, near-duplicates always into the same
        #[arg(long, value_parser = clap::value_parser!(u8).range(2..=50), value_name = "N")]
        folds: Option<u8>,
        /// Deals the parts otherwise
        #[arg(long, default_value_t = 1, requires = "folds", value_name = "N")]
        seed: u64,
        /// Print the figures as JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        columns: Columns,
    },
}

/// Which columns are what.
#[derive(Debug, Args)]
pub struct Columns {
    /// The columns of text, separated by commas [default: title, detail, words, text, content, 标题, 内容, 详情, as far as there]
    #[arg(long, value_name = "COLUMNS")]
    text: Option<String>,
    /// The column of classes
    #[arg(long, default_value = LABEL_COLUMN, value_name = "COLUMN")]
    label: String,
    /// The column that says which texts are near-duplicates of each other [default: group, if there]
    #[arg(long, value_name = "COLUMN")]
    group: Option<String>,
}

/// Runs one of the commands to its end.
pub(super) fn learn(command: LearnCommand) -> Outcome {
    match command {
        // Asks the city's database: see `cases`.
        LearnCommand::Cases => Ok(()),
        LearnCommand::Train { file, model, columns } => learnt(&file, &model, &columns),
        LearnCommand::Predict { file, model, text, out } => sorted(&file, &model, text.as_deref(), out.as_deref()),
        LearnCommand::Eval { file, folds: Some(count), seed, json, columns, .. } => {
            measured_anew(&file, usize::from(count), seed, json, &columns)
        }
        LearnCommand::Eval { file, model, json, columns, .. } => {
            measured(&file, model.as_deref().unwrap_or(Path::new(MODEL)), json, &columns)
        }
    }
}

/// Learns from the city's own filed cases, and says what came of it.
pub(super) async fn cases(settings: &Settings) -> Outcome {
    let sources = settings.sources()?;
    let db = settings.ready(&sources).await?;
    let files = settings.files.as_deref().unwrap_or(FILES);
    let app = App::new(db, Clock::system(), sources, files).await.map_err(|error| told(&error))?;
    running::ask(&app, None).await.map_err(|error| told(&error))?;
    let bar = working("learning");
    let done = running::work_once(&app).await;
    bar.finish_and_clear();
    if !done.map_err(|error| told(&error))? {
        return Err("another program learns now; see /suggestions for what comes of it".to_owned());
    }
    let last = app.db.read(|tx| async move { store::learnings(&tx, 1).await }).await;
    let last = last.map_err(|error: DbError| error.to_string())?;
    let Some((one, _)) = last.first() else { return Ok(()) };
    crate::out!("{} texts: {}", one.texts, one.state.word());
    for (name, figures) in [("new", &one.found.new), ("in use before", &one.found.present)] {
        if let Some(figures) = figures {
            let (first, three, f1) = (figures.first, figures.three, figures.macro_f1);
            crate::out!(
                "{name}: first {first:.4}, among three {three:.4}, macro F1 {f1:.4}, of {} texts",
                figures.texts
            );
        }
    }
    if one.state == LearningState::Failed { Err("learning broke off; the log says why".to_owned()) } else { Ok(()) }
}

/// The bytes of a file.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))
}

/// A list of texts from a file.
pub(super) fn sheet(file: &Path) -> Result<Sheet, String> {
    Sheet::read(&read(file)?).map_err(|error| in_file(file, &error))
}

/// What is wrong with a list, behind the name of its file.
pub(super) fn in_file(file: &Path, error: &Unreadable) -> String {
    format!("{}: {error}", file.display())
}

fn model_of(path: &Path) -> Result<Model, String> {
    if !path.exists() {
        return Err(format!("{}: there is no model; train one with `steward learn train FILE`", path.display()));
    }
    Model::read(&read(path)?).map_err(|error| format!("{}: {error}", path.display()))
}

/// Writes the whole file, or leaves the one that was there.
fn write(path: &Path, bytes: &[u8]) -> Outcome {
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(told)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    std::fs::write(&new, bytes).and_then(|()| std::fs::rename(&new, path)).map_err(told)
}

/// Writes into a file, or else to the standard output.
pub(super) fn put(out: Option<&Path>, bytes: &[u8]) -> Outcome {
    match out {
        Some(path) => write(path, bytes),
        None => Out::new().write_all(bytes).map_err(|error| format!("the standard output: {error}")),
    }
}

/// Tells on a terminal that it works.
pub(super) fn working(what: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// A list with its classes, as it is learnt from.
struct Labelled<'a> {
    fields: Vec<String>,
    texts: Vec<Vec<&'a str>>,
    classes: Vec<String>,
    labels: Vec<usize>,
    groups: Vec<u64>,
}

impl<'a> Labelled<'a> {
    fn of(sheet: &'a Sheet, columns: &Columns) -> Result<Labelled<'a>, Unreadable> {
        let fields = sheet.text_columns(columns.text.as_deref(), &columns.label)?;
        let texts = sheet.texts(&fields)?;
        let names = sheet.filled(&columns.label)?;
        let mut places: BTreeMap<&str, usize> = names.iter().map(|name| (*name, 0)).collect();
        for (place, number) in places.values_mut().enumerate() {
            *number = place;
        }
        let labels = names.iter().filter_map(|name| places.get(name).copied()).collect();
        let groups = groups(sheet, &texts, columns.group.as_deref())?;
        let classes = places.keys().map(|name| (*name).to_owned()).collect();
        Ok(Labelled { fields, texts, classes, labels, groups })
    }

    /// The lessons of the rows that are chosen.
    fn lessons(&self, is_chosen: impl Fn(usize) -> bool) -> Vec<Lesson<'_>> {
        let rows = self.texts.iter().zip(&self.labels).zip(&self.groups).enumerate();
        rows.filter(|(place, _)| is_chosen(*place))
            .map(|(_, ((fields, class), group))| Lesson {
                text: Text { fields, extra: &[] },
                class: *class,
                group: *group,
            })
            .collect()
    }
}

/// The group of each text: what the column says, or what its words say.
fn groups(sheet: &Sheet, texts: &[Vec<&str>], asked: Option<&str>) -> Result<Vec<u64>, Unreadable> {
    if let Some(name) = asked {
        sheet.column(name)?;
    }
    Ok(match sheet.found(asked.unwrap_or(GROUP_COLUMN)) {
        Some(written) => written
            .iter()
            .zip(texts)
            .map(|(name, text)| if name.is_empty() { fingerprint(text) } else { fingerprint(&[*name]) })
            .collect(),
        None => texts.iter().map(|text| fingerprint(text)).collect(),
    })
}

fn learnt(file: &Path, path: &Path, columns: &Columns) -> Outcome {
    let start = Instant::now();
    let sheet = sheet(file)?;
    let labelled = Labelled::of(&sheet, columns).map_err(|error| in_file(file, &error))?;
    let lessons = labelled.lessons(|_| true);
    let bar = working("learning");
    let model = train(&lessons, &labelled.classes, &labelled.fields, &training::Settings::default());
    bar.finish_and_clear();
    let model = model.map_err(|error| format!("{}: {error}", file.display()))?;
    let bytes = model.write();
    write(path, &bytes)?;
    let about = model.about();
    crate::out!("{} texts, {} classes, columns {}", about.texts, about.classes.len(), about.fields.join(", "));
    crate::out!("{} grams, {:.1} MB, version {}", model.grams(), bytes.len() as f64 / 1e6, model.version());
    crate::out!("on texts kept out while learning: accuracy {:.4}, macro F1 {:.4}", about.accuracy, about.macro_f1);
    crate::out!("{:.1} seconds; written to {}", start.elapsed().as_secs_f64(), path.display());
    Ok(())
}

fn sorted(file: &Path, path: &Path, text: Option<&str>, out: Option<&Path>) -> Outcome {
    let model = model_of(path)?;
    let sheet = sheet(file)?;
    let fields = fields(&sheet, &model, text).map_err(|error| format!("{}: {error}", file.display()))?;
    let texts = sheet.texts(&fields).map_err(|error| in_file(file, &error))?;
    let start = Instant::now();
    let guesses = first_classes(&model, &texts);
    let seconds = start.elapsed().as_secs_f64();
    let name = |class: usize| model.about().classes.get(class).map_or("", String::as_str);
    let answers: Vec<(&str, f32)> = guesses.iter().map(|(class, confidence)| (name(*class), *confidence)).collect();
    let written = sheet.with_answers(&answers).map_err(|error| in_file(file, &error))?;
    put(out, &written)?;
    eprintln!("{} texts in {seconds:.2} seconds, {:.0} a second", sheet.len(), sheet.len() as f64 / seconds);
    Ok(())
}

/// The columns of text for a model: those that are asked for, else those of the names it learnt from.
fn fields(sheet: &Sheet, model: &Model, asked: Option<&str>) -> Result<Vec<String>, String> {
    let learnt = model.about().fields.join(",");
    let fields = sheet.text_columns(Some(asked.unwrap_or(&learnt)), "").map_err(|error| error.to_string())?;
    if fields.len() == model.about().fields.len() {
        return Ok(fields);
    }
    let (wanted, named) = (model.about().fields.len(), fields.len());
    Err(format!("the model reads {wanted} columns of text ({learnt}), but {named} are named"))
}

/// The likeliest class of each text and its confidence, on two threads; a model without classes answers with none.
fn first_classes(model: &Model, texts: &[Vec<&str>]) -> Vec<(usize, f32)> {
    let of_some = |texts: &[Vec<&str>]| -> Vec<(usize, f32)> {
        let first = |text: &Vec<&str>| model.predict(&Text { fields: text, extra: &[] }).first().copied();
        texts
            .iter()
            .map(|text| first(text).map_or((usize::MAX, 0.0), |guess| (guess.class, guess.confidence)))
            .collect()
    };
    let (one, other) = texts.split_at(texts.len() / 2);
    std::thread::scope(|scope| {
        let second = scope.spawn(|| of_some(other));
        let mut found = of_some(one);
        // A thread that fails has already said why: its half is done again here.
        found.extend(second.join().unwrap_or_else(|_| of_some(other)));
        found
    })
}

fn measured_anew(file: &Path, count: usize, seed: u64, json: bool, columns: &Columns) -> Outcome {
    let sheet = sheet(file)?;
    let labelled = Labelled::of(&sheet, columns).map_err(|error| in_file(file, &error))?;
    let dealt = folds(&labelled.labels, &labelled.groups, count, seed);
    let bar = ProgressBar::new(count as u64);
    let mut answers = Vec::new();
    for fold in 0..count {
        let is_kept = |place: usize| dealt.get(place) == Some(&fold);
        let lessons = labelled.lessons(|place| !is_kept(place));
        let model = train(&lessons, &labelled.classes, &labelled.fields, &training::Settings::default())
            .map_err(|error| format!("{}: without part {}: {error}", file.display(), fold + 1))?;
        let kept = labelled.lessons(is_kept);
        let texts: Vec<Vec<&str>> = kept.iter().map(|lesson| lesson.text.fields.to_vec()).collect();
        let found = kept.iter().zip(first_classes(&model, &texts));
        answers.extend(found.map(|(lesson, (found, confidence))| Answer { truth: lesson.class, found, confidence }));
        bar.inc(1);
    }
    bar.finish_and_clear();
    show(&Figures::of(&answers, &labelled.classes), json)
}

fn measured(file: &Path, path: &Path, json: bool, columns: &Columns) -> Outcome {
    let model = model_of(path)?;
    let sheet = sheet(file)?;
    let fields =
        fields(&sheet, &model, columns.text.as_deref()).map_err(|error| format!("{}: {error}", file.display()))?;
    let classes = &model.about().classes;
    let in_file = |error| in_file(file, &error);
    let mut truths = Vec::new();
    for (number, class) in sheet.filled(&columns.label).map_err(in_file)?.into_iter().enumerate() {
        let place = classes.iter().position(|there| there == class);
        truths.push(place.ok_or_else(|| {
            let (line, column) = (sheet.line(number), columns.label.clone());
            in_file(Unreadable::UnknownClass { line, column, class: class.to_owned() })
        })?);
    }
    let found = first_classes(&model, &sheet.texts(&fields).map_err(in_file)?);
    let pairs = truths.into_iter().zip(found);
    let answers: Vec<Answer> = pairs.map(|(truth, (found, confidence))| Answer { truth, found, confidence }).collect();
    show(&Figures::of(&answers, classes), json)
}

/// Prints the figures: of all, of each class, who was taken for whom, and whether the confidence is true.
fn show(figures: &Figures, json: bool) -> Outcome {
    if json {
        crate::out!("{}", serde_json::to_string_pretty(figures).map_err(|error| error.to_string())?);
        return Ok(());
    }
    crate::out!("{} texts   accuracy {:.4}   macro F1 {:.4}", figures.texts, figures.accuracy, figures.macro_f1);
    crate::out!("\nprecision  recall      F1   texts  class");
    for class in &figures.classes {
        crate::out!("{:9.4} {:7.4} {:7.4} {:7}  {}", class.precision, class.recall, class.f1, class.texts, class.class);
    }
    crate::out!("\nconfusion: a row for each true class, a column for each found one, in the order above");
    for row in &figures.confusion {
        crate::out!("{}", row.iter().map(|count| format!("{count:6}")).collect::<String>());
    }
    crate::out!("\nconfidence   texts  mean confidence    truth  difference (* more than 0.03, of 100 texts or more)");
    for band in &figures.reliability {
        let (mark, to) = (if band.is_off { " *" } else { "" }, band.from + 0.1);
        let (from, texts, said) = (band.from, band.texts, band.confidence);
        crate::out!("{from:.1} to {to:.1} {texts:7} {said:16.4} {:8.4} {:11.4}{mark}", band.truth, band.difference);
    }
    crate::out!("mean difference {:.4}", figures.calibration_error);
    Ok(())
}
