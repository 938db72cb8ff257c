//! Drawing pages: templates from `pages/`, words from `locales/`, strict about what is missing.

use super::clock::Moment;
use super::error::Error;
use super::sources::Sources;
use super::words::{LANGUAGES, Words};
use axum::response::Html;
use foldhash::quality::FixedState;
use jiff::tz::TimeZone;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde};
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value};
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

thread_local! {
    /// The language of the page that this thread draws. Imported macros do not see the page's own variables, and a page is
    /// drawn without a pause on one thread.
    static LANGUAGE: Cell<&'static str> = const { Cell::new(LANGUAGES[0]) };
    /// What is wrong with the form of the page that this thread draws, if anything.
    static MISTAKES: RefCell<Option<Mistakes>> = const { RefCell::new(None) };
}

/// What is wrong with a form that comes back, as its page knows it in `errors`: `[{field, message}]`, the field by its identifier. Every
/// field of `parts/forms.html` shows its own sentence, and the list above the form names its field.
#[derive(Default)]
struct Mistakes {
    messages: HashMap<String, Value>,
    /// The words above the fields that were drawn.
    labels: HashMap<String, Value>,
}

impl Mistakes {
    /// None when nothing is wrong, or when that is said without a field.
    fn of(page: &Value) -> Option<Mistakes> {
        let errors = page.get_attr("errors").ok()?.try_iter().ok()?;
        let told = errors.filter_map(|error| {
            let field = error.get_attr("field").ok()?.as_str()?.to_owned();
            Some((field, error.get_attr("message").ok().filter(|message| !message.is_undefined())?))
        });
        let mut messages = HashMap::new();
        for (field, message) in told {
            messages.entry(field).or_insert(message);
        }
        (!messages.is_empty()).then(|| Mistakes { messages, ..Mistakes::default() })
    }

    /// Puts these where the templates of this thread find them until it is dropped.
    fn told(self) -> Told {
        MISTAKES.set(Some(self));
        Told
    }
}

/// Forgets what was wrong when a page is drawn, or is not.
struct Told;

impl Drop for Told {
    fn drop(&mut self) {
        MISTAKES.set(None);
    }
}

/// How many pieces a generation of [`Drawn`] holds: some ten megabytes of rows.
const MOST_PIECES: usize = 8192;

/// Its keys are random already.
type Generation = HashMap<(u64, u64), Arc<str>, FixedState>;

/// Pieces of pages that were drawn before, by what was drawn, in two generations: what the older one alone holds when the
/// younger one is full has not been asked for in a long time, and goes.
struct Drawn {
    hashers: [FixedState; 2],
    kept: Mutex<[Generation; 2]>,
}

impl Drawn {
    fn new() -> Drawn {
        let seeded = || FixedState::with_seed(RandomState::new().hash_one(()));
        Drawn { hashers: [seeded(), seeded()], kept: Mutex::default() }
    }

    /// Two numbers of a hundred and twenty-eight bits for whatever is drawn.
    fn key(&self, drawn: &impl Hash) -> (u64, u64) {
        let [one, other] = &self.hashers;
        (one.hash_one(drawn), other.hash_one(drawn))
    }

    /// Writes a piece that was drawn before; false when it was not.
    fn write(&self, key: (u64, u64), out: &mut String) -> bool {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept[0].get(&key) {
            out.push_str(found);
            return true;
        }
        let Some(found) = kept[1].remove(&key) else { return false };
        out.push_str(&found);
        keep(&mut kept, key, found);
        true
    }

    fn keep(&self, key: (u64, u64), piece: Arc<str>) {
        keep(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner), key, piece);
    }
}

/// Adds a piece to the younger generation, or begins a new one with it.
fn keep([young, old]: &mut [Generation; 2], key: (u64, u64), piece: Arc<str>) {
    if young.len() >= MOST_PIECES {
        *old = std::mem::take(young);
    }
    young.insert(key, piece);
}

/// Draws pages; cheap to clone.
#[derive(Clone)]
pub struct Pages {
    environment: Arc<Environment<'static>>,
    drawn: Arc<Drawn>,
    /// The words, for sentences outside of templates.
    pub words: Arc<Words>,
}

/// What every page is told besides its own content.
#[derive(Debug, Clone, Serialize)]
pub struct Frame {
    /// `zh-Hans` or `en`.
    pub lang: &'static str,
    /// The template around the page: the whole frame, or nothing when an open screen takes over parts of the page.
    pub layout: &'static str,
    /// The address of the page, without its query.
    pub path: String,
    /// Its query, without the language.
    pub frame_asked: String,
    /// The city's name and settings for pages.
    pub city: Value,
    /// Who is signed in: `{id, name, post, department, can: [act]}`, or none.
    pub actor: Value,
    /// The staff's navigation, `[{href, icon, label}]`, or none for citizens.
    pub nav: Value,
    /// What stands over every public page: what is announced, `[{kind, is_now, title, begins_at, ends_at}]`.
    pub bar: Vec<Value>,
}

impl Pages {
    /// Pages of these sources in this time zone; `asset` answers an asset's address with its version.
    pub fn new(
        sources: Sources,
        words: Arc<Words>,
        zone: TimeZone,
        asset: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Pages {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_loader(move |name| Ok(sources.text(&format!("pages/{name}"))));
        environment.set_syntax(syntax());
        environment.add_function("asset", move |path: String| asset(&path));
        let say = Arc::clone(&words);
        environment.add_function("t", move |key: String, named: Kwargs| {
            let lang = LANGUAGE.get();
            let mut args = Vec::new();
            for name in named.args() {
                let value: Value = named.get(name)?;
                args.push((name, value.to_string()));
            }
            say.say(lang, &key, &args)
                .ok_or_else(|| minijinja::Error::new(ErrorKind::UndefinedError, format!("no sentence {key} in {lang}")))
        });
        environment.add_function("mistake", mistake);
        environment.add_function("label_of", label_of);
        let (moment_zone, day_zone) = (zone.clone(), zone);
        environment
            .add_filter("moment", move |at: i64| Moment(at).zoned(&moment_zone).strftime("%Y-%m-%d %H:%M").to_string());
        environment.add_filter("day", move |at: i64| Moment(at).zoned(&day_zone).strftime("%Y-%m-%d").to_string());
        environment.add_filter("iso", |at: i64| Moment(at).zoned(&TimeZone::UTC).timestamp().to_string());
        Pages { environment: Arc::new(environment), drawn: Arc::new(Drawn::new()), words }
    }

    /// Draws a page.
    ///
    /// # Errors
    /// [`Error::Internal`] when the template is missing or lacks something.
    pub fn render(&self, frame: &Frame, template: &str, page: impl Serialize) -> Result<Html<String>, Error> {
        let internal = |error: minijinja::Error| Error::Internal(format!("{template}: {error:#}"));
        let template_found = self.environment.get_template(template).map_err(internal)?;
        let context = minijinja::context! { ..Value::from(Serde(frame)), ..Value::from(Serde(&page)) };
        LANGUAGE.set(frame.lang);
        let Some(mistakes) = Mistakes::of(&context) else {
            return template_found.render(context).map(Html).map_err(internal);
        };
        let _told = mistakes.told();
        // What the fields are called is known once they are drawn, and stands above them.
        template_found.render(&context).map_err(internal)?;
        template_found.render(&context).map(Html).map_err(internal)
    }

    /// Draws a piece of a page, without its frame.
    ///
    /// # Errors
    /// [`Error::Internal`] when the template is missing or lacks something.
    pub fn fragment(&self, lang: &'static str, template: &str, page: Value) -> Result<String, Error> {
        let internal = |error: minijinja::Error| Error::Internal(format!("{template}: {error:#}"));
        let found = self.environment.get_template(template).map_err(internal)?;
        LANGUAGE.set(lang);
        found.render(page).map_err(internal)
    }

    /// Draws a piece of a page that depends on nothing but `page` and the language at the end of `out`, or takes it as it was drawn
    /// before: a row that many people look at again and again is drawn once.
    ///
    /// # Errors
    /// [`Error::Internal`] when the template is missing or lacks something.
    pub fn piece<T: Serialize + Hash>(
        &self,
        lang: &'static str,
        template: &'static str,
        page: &T,
        out: &mut String,
    ) -> Result<(), Error> {
        let key = self.drawn.key(&(lang, template, page));
        if !self.drawn.write(key, out) {
            let piece = self.fragment(lang, template, Value::from(Serde(page)))?;
            out.push_str(&piece);
            self.drawn.keep(key, piece.into());
        }
        Ok(())
    }

    /// A sentence in a language; an unknown key is answered by itself.
    pub fn say(&self, lang: &str, key: &str, args: &[(&str, String)]) -> String {
        self.words.say(lang, key, args).unwrap_or_else(|| key.to_owned())
    }
}

/// What is wrong with the field of this identifier, which bears these words.
fn mistake(id: &str, label: Value) -> Option<Value> {
    MISTAKES.with_borrow_mut(|mistakes| {
        let mistakes = mistakes.as_mut()?;
        let message = mistakes.messages.get(id)?.clone();
        mistakes.labels.entry(id.to_owned()).or_insert(label);
        Some(message)
    })
}

/// The words of a field with which something is wrong, once it was drawn.
fn label_of(id: &str) -> Option<Value> {
    MISTAKES.with_borrow(|mistakes| mistakes.as_ref()?.labels.get(id).cloned())
}

fn syntax() -> SyntaxConfig {
    SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().unwrap_or_default()
}

/// Everything wrong with the templates, a line each: what cannot be compiled, and what names a template, something to borrow or a
/// sentence that is not there.
pub fn problems(sources: &Sources, words: &Words) -> Vec<String> {
    let mut problems = Vec::new();
    let mut environment = Environment::new();
    environment.set_syntax(syntax());
    for (path, text) in sources.folder("pages/") {
        if let Err(error) = environment.add_template_owned(path.clone(), text.clone()) {
            problems.push(format!("{path}: {error:#}"));
            continue;
        }
        for (key, is_beginning) in sentences(&text) {
            let is_there = if is_beginning { words.has_any(key) } else { words.has(key) };
            if !is_there {
                problems.push(format!("{path}: there is no sentence {key} in every language"));
            }
        }
        for (name, macros) in borrowed(&text) {
            let Some(other) = sources.text(&format!("pages/{name}")) else {
                problems.push(format!("{path}: there is no template {name}"));
                continue;
            };
            let missing = macros
                .iter()
                .filter(|one| !other.contains(&format!("macro {one}(")) && !other.contains(&format!("set {one} ")));
            problems.extend(missing.map(|one| format!("{path}: {name} lends no {one}")));
        }
    }
    problems
}

/// The keys in `t("…")`; true with those of which only the beginning is written.
fn sentences(text: &str) -> Vec<(&str, bool)> {
    let mut keys = Vec::new();
    for (at, call) in text.match_indices("t(\"") {
        let is_a_name = text[..at].chars().next_back().is_some_and(|sign| sign.is_alphanumeric() || sign == '_');
        let Some((key, rest)) = text[at + call.len()..].split_once('"').filter(|_| !is_a_name) else { continue };
        keys.push((key, rest.trim_start().starts_with('~')));
    }
    keys
}

/// The templates that a template extends, includes or imports from, with the names of the macros it takes.
fn borrowed(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut found = Vec::new();
    for tag in text.split("{%").skip(1).filter_map(|rest| rest.split("%}").next()) {
        let tag = tag.trim_matches(['-', ' ', '\n']);
        let named = ["extends \"", "include \"", "from \"", "import \""].iter().find_map(|word| tag.strip_prefix(word));
        let Some((name, rest)) = named.and_then(|rest| rest.split_once('"')) else { continue };
        let macros = rest
            .trim()
            .strip_prefix("import")
            .map(|list| list.split(',').filter_map(|one| one.split_whitespace().next()).collect());
        found.push((name, macros.filter(|_| tag.starts_with("from")).unwrap_or_default()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packages_templates_have_no_problem_and_the_languages_agree() {
        let sources = Sources::of_demo();
        let (words, missing) = Words::load(&sources);
        assert_eq!(missing, Vec::<String>::new());
        assert_eq!(words.differences(), Vec::<String>::new());
        assert_eq!(problems(&sources, &words), Vec::<String>::new());
    }

    #[test]
    fn a_piece_is_drawn_once_and_forgotten_in_time() {
        let drawn = Drawn::new();
        let key = |number: usize| drawn.key(&("row", number));
        assert_eq!(key(7), key(7));
        assert_ne!(key(7), key(8));
        let found = |number: usize| {
            let mut out = "<li>".to_owned();
            drawn.write(key(number), &mut out).then_some(out)
        };
        for number in 0..MOST_PIECES {
            drawn.keep(key(number), number.to_string().into());
        }
        // What is asked for in the meantime stays; of what is not, little is left after two generations.
        for number in MOST_PIECES..2 * MOST_PIECES {
            drawn.keep(key(number), number.to_string().into());
            assert_eq!(found(0).as_deref(), Some("<li>0"));
        }
        drawn.keep(key(2 * MOST_PIECES), "0".into());
        drawn.keep(key(2 * MOST_PIECES + 1), "0".into());
        assert_eq!(found(0).as_deref(), Some("<li>0"));
        assert_eq!(found(1), None);
        let kept = drawn.kept.lock().expect("nobody panicked");
        assert!(kept.iter().map(HashMap::len).sum::<usize>() <= 2 * MOST_PIECES);
    }

    #[test]
    fn a_form_that_comes_back_names_its_fields_and_they_say_what_is_wrong() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("pages/form.html");
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        let text = "{% from \"parts/forms.html\" import text_field, checkbox, error_summary %}{{ error_summary(errors) }}\
                    {{ text_field(\"name\", \"Name\", hint=\"Short\") }}{{ text_field(\"town\", \"Town\", id=\"own-town\") }}\
                    {{ checkbox(\"sure\", \"Sure\", error=\"Not yet\") }}";
        std::fs::write(path, text).expect("a file");
        let sources = Sources::of_city(folder.path());
        let words = Arc::new(Words::load(&sources).0);
        let pages = Pages::new(sources, words, TimeZone::UTC, str::to_owned);
        let drawn = |errors: Value| {
            let none = Value::from(());
            let frame = Frame {
                lang: "en",
                layout: "",
                path: "/".into(),
                frame_asked: String::new(),
                city: none.clone(),
                actor: none.clone(),
                nav: none,
                bar: Vec::new(),
            };
            pages.render(&frame, "form.html", minijinja::context! { errors }).expect("a page").0
        };
        let wrong = |field: &str, message: &str| minijinja::context! { field, message };
        let page =
            drawn(Value::from(vec![wrong("name", "Too <long>"), wrong("own-town", "Unknown"), wrong("main", "Late")]));
        for shown in [
            "<a href=\"#name\"><strong>Name</strong>: Too &lt;long&gt;</a>",
            "<a href=\"#own-town\"><strong>Town</strong>: Unknown</a>",
            "<a href=\"#main\">Late</a>",
            "aria-describedby=\"name-hint name-error\" aria-invalid=\"true\"",
            "<span>Too &lt;long&gt;</span></p>",
            "id=\"own-town-error\"",
            "<span>Not yet</span></p>",
        ] {
            assert!(page.contains(shown), "{shown}: {page}");
        }
        // The next page of the same thread knows nothing of it.
        let page = drawn(Value::from(Vec::<Value>::new()));
        assert!(!page.contains("name-error") && page.contains("sure-error"), "{page}");
    }

    #[test]
    fn what_a_template_names_is_found() {
        let text = "{%- extends \"base.html\" -%}{% from \"a.html\" import one, two as other %}{{ t(\"key-one\") }}\
                    {{ t(\"key-\" ~ word) }}{{ chart(\"no-key\") }}{% include \"b.html\" %}";
        assert_eq!(sentences(text), [("key-one", false), ("key-", true)]);
        assert_eq!(borrowed(text), [("base.html", vec![]), ("a.html", vec!["one", "two"]), ("b.html", vec![])]);
    }

    #[test]
    fn a_citys_broken_template_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        };
        write("pages/home.html", "{% if %}");
        write("pages/one.html", "{% from \"parts/status.html\" import chip, nothing %}{{ t(\"kit-nothing-such\") }}");
        write("locales/en/own.ftl", "own-words = { $n } of { $all }\n");
        write(
            "locales/zh-Hans/own.ftl",
            "own-words = { $n ->\n   *[other] { own-other }\n}\nown-other = 共 { $every }\n",
        );
        let sources = Sources::of_city(folder.path());
        let (words, missing) = Words::load(&sources);
        assert_eq!(missing, ["locales/en: own-other is missing"]);
        assert_eq!(words.differences(), ["own-words asks for $every $n in zh-Hans and for $all $n in en"]);
        let found = problems(&sources, &words).join("\n");
        assert!(found.contains("pages/home.html: "), "{found}");
        assert!(found.contains("pages/one.html: parts/status.html lends no nothing"), "{found}");
        assert!(found.contains("pages/one.html: there is no sentence kit-nothing-such"), "{found}");
    }
}
