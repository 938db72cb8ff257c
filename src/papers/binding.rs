//! A whole file bound into one PDF (装订成册): cover, catalogue with leaf numbers, every paper that counts in the order in which
//! it was issued, photographs, notes.

use super::issuing::set;
use super::paper::{Standing, whole};
use super::store;
use crate::app::App;
use crate::files;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use jiff::civil::Date;
use serde_json::{Value, json};
use typesetting::Day;
use understanding::photos::pixels;

/// How good a bound photograph is, of 100.
const QUALITY: u8 = 82;
/// The most photographs of one volume: what they take in memory while the file is set is bounded.
pub const MOST_PHOTOGRAPHS: usize = 120;

/// A photograph to be bound, with what its sheet says of it.
#[derive(Debug, Clone)]
pub struct Photograph {
    /// Which one; whoever binds has looked that it belongs to the file.
    pub photo: Id,
    /// What it proves.
    pub shows: String,
    /// When it was taken, `2026-03-02T09:20`.
    pub taken_at: String,
    /// By whom.
    pub taken_by: String,
    /// Where.
    pub place: String,
}

/// Which of the subject's papers are bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// All that count.
    All,
    /// Those that count, of these kinds.
    Of(&'static [&'static str]),
}

impl Choice {
    fn has(&self, kind: &str) -> bool {
        match self {
            Choice::All => true,
            Choice::Of(kinds) => kinds.contains(&kind),
        }
    }
}

/// A sheet that is no paper: a list made for this volume. It lies before the papers.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Its template.
    pub template: &'static str,
    /// What the catalogue calls it.
    pub title: String,
    /// What stands on it.
    pub data: Value,
}

/// What is to be bound.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// Whose papers, such as `penalty-case`.
    pub subject: &'static str,
    /// Which one.
    pub subject_id: Id,
    /// What cover and notes say, as in `letters/samples/file.json`, without `papers`.
    pub data: Value,
    /// Lists that lie before the papers.
    pub sheets: Vec<Sheet>,
    /// Which papers.
    pub choice: Choice,
    /// The photographs, in their order.
    pub photographs: Vec<Photograph>,
    /// The day that the PDF names as its making.
    pub on: Date,
}

/// How many volumes a file with so many photographs takes: the first holds the papers too.
pub const fn volumes(photographs: usize) -> usize {
    let full = photographs.div_ceil(MOST_PHOTOGRAPHS);
    if full == 0 { 1 } else { full }
}

impl Bundle {
    /// One volume of the file, from 1 (第几册): the first holds lists, papers and as many photographs as it takes, each further one the next
    /// photographs, with a cover and a catalogue of its own.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a volume that there is not.
    pub fn volume(mut self, number: usize) -> Result<Bundle, Error> {
        let of = volumes(self.photographs.len());
        if !(1..=of).contains(&number) {
            return Err(Error::NotFound);
        }
        let before = (number - 1) * MOST_PHOTOGRAPHS;
        self.photographs = self.photographs.into_iter().skip(before).take(MOST_PHOTOGRAPHS).collect();
        if number > 1 {
            (self.sheets, self.choice) = (Vec::new(), Choice::Of(&[]));
        }
        if let Some(fields) = self.data.as_object_mut().filter(|_| of > 1) {
            fields.insert("volume".to_owned(), json!({ "number": number, "of": of }));
        }
        Ok(self)
    }
}

/// Which volume an address asks for; the first when it does not say.
#[derive(Debug, Clone, Copy, Default, serde::Deserialize)]
pub struct Asked {
    volume: Option<usize>,
}

impl Asked {
    /// The volume, from 1.
    pub fn number(self) -> usize {
        self.volume.unwrap_or(1)
    }

    /// What the file's name carries besides: nothing for the only volume.
    pub fn suffix(self) -> String {
        self.volume.map(|number| format!("-{number}")).unwrap_or_default()
    }
}

/// A file, bound.
#[derive(Debug, Clone)]
pub struct Bound {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// How many pages it has, cover and catalogue included.
    pub pages: usize,
}

/// Binds the file of a subject. The same file bound on the same day gives the same bytes.
///
/// # Errors
/// `papers-refusal-missing` when the cover lacks something or there is no paper, `papers-refusal-photographs` for more
/// photographs than a volume takes, `papers-refusal-size` for what is too long; when database, store or templates fail.
pub async fn bind(app: &App, bundle: Bundle) -> Result<Bound, Error> {
    let Bundle { subject, subject_id, mut data, sheets: lists, choice, photographs, on } = bundle;
    if photographs.len() > MOST_PHOTOGRAPHS {
        return Err(Refusal::new("papers-refusal-photographs").with("most", MOST_PHOTOGRAPHS).into());
    }
    let asked = photographs.clone();
    let read = app.db.read(move |tx| {
        let asked = asked.clone();
        async move {
            let papers = store::list(&tx, subject, subject_id).await?;
            let mut photos = Vec::new();
            for photograph in &asked {
                photos.push(files::store::load(&tx, photograph.photo).await?);
            }
            Ok::<_, Error>((papers, photos))
        }
    });
    let (papers, photos) = read.await?;
    let author = data.pointer("/organ/name").cloned();
    let mut bound: Vec<Value> = lists
        .into_iter()
        .map(|list| {
            json!({ "template": list.template, "title": list.title, "date": on.to_string(), "author": author, "data": list.data })
        })
        .collect();
    let counted = papers.iter().filter(|paper| paper.standing() != Standing::Voided && choice.has(&paper.kind));
    bound.extend(counted.filter_map(|paper| {
        let kind = app.papers.kinds.find(&paper.kind)?;
        Some(json!({
            "template": kind.template,
            "title": kind.name.chinese,
            "date": paper.issued_on.to_string(),
            "author": paper.organ,
            "data": paper.data,
        }))
    }));
    let mut pictures = Vec::new();
    let mut sheets = Vec::new();
    for (place, (photograph, photo)) in photographs.iter().zip(&photos).enumerate() {
        let name = format!("photograph-{place}");
        let copy = app.blobs.get("public", &photo.large).await?;
        pictures.push((name.clone(), as_jpeg(copy).await?));
        sheets.push(json!({
            "picture": name,
            "shows": photograph.shows,
            "taken_at": photograph.taken_at,
            "taken_by": photograph.taken_by,
            "place": photograph.place,
            "digest": photo.original,
        }));
    }
    if !sheets.is_empty() {
        let sheet = json!({
            "organ": data.get("organ"), "party": data.get("party"), "matter": data.get("matter"), "photographs": sheets,
        });
        let kind = app.papers.kinds.find("photograph-sheet");
        let title = kind.map_or("照片证据", |kind| kind.name.chinese.as_str());
        bound.push(json!({
            "template": "photograph-sheet", "title": title, "date": on.to_string(), "author": author, "data": sheet,
        }));
    }
    if let Some(fields) = data.as_object_mut() {
        fields.insert("papers".to_owned(), bound.into());
    }
    let kind = app.papers.kinds.find("file").ok_or_else(|| Refusal::new("papers-refusal-kind").with("kind", "file"))?;
    whole(kind, &data)?;
    let made_on = Day { year: on.year().into(), month: on.month().unsigned_abs(), day: on.day().unsigned_abs() };
    let title = data.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let identity = format!("{subject} {subject_id}");
    let set = set(app, kind.template.clone(), title, data, pictures, made_on, identity).await?;
    Ok(Bound { pdf: set.pdf, pages: set.pages })
}

/// A cleaned copy as a JPEG, which PDFs hold as it is.
async fn as_jpeg(copy: bytes::Bytes) -> Result<Vec<u8>, Error> {
    let work = move || pixels::of_other(&copy).and_then(|picture| pixels::as_jpeg(&picture, QUALITY));
    let made = tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))?;
    made.ok_or_else(|| Error::Internal("a photo's copy cannot be bound".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(count: usize) -> Bundle {
        let one = |photo: usize| Photograph {
            photo: photo as Id,
            shows: String::new(),
            taken_at: String::new(),
            taken_by: String::new(),
            place: String::new(),
        };
        Bundle {
            subject: "case",
            subject_id: 1,
            data: json!({}),
            sheets: vec![Sheet { template: "bundle-list", title: String::new(), data: json!({}) }],
            choice: Choice::All,
            photographs: (0..count).map(one).collect(),
            on: jiff::civil::date(2026, 3, 2),
        }
    }

    #[test]
    fn photographs_run_on_in_further_volumes() {
        for (count, of) in [(0, 1), (1, 1), (120, 1), (121, 2), (240, 2), (241, 3)] {
            assert_eq!(volumes(count), of, "{count}");
            let all: Vec<Id> = (1..=of)
                .flat_map(|number| bundle(count).volume(number).expect("there").photographs)
                .map(|one| one.photo)
                .collect();
            assert_eq!(all, (0..count as Id).collect::<Vec<_>>(), "each once, in order");
            assert!(matches!(bundle(count).volume(of + 1), Err(Error::NotFound)));
            assert!(matches!(bundle(count).volume(0), Err(Error::NotFound)));
        }
        let (first, second) = (bundle(130).volume(1).expect("one"), bundle(130).volume(2).expect("two"));
        assert_eq!((first.choice, first.sheets.len(), first.photographs.len()), (Choice::All, 1, 120));
        assert_eq!((second.choice, second.sheets.len(), second.photographs.len()), (Choice::Of(&[]), 0, 10));
        assert_eq!(second.data["volume"], json!({ "number": 2, "of": 2 }));
    }
}
