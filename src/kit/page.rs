//! Drawing pages: templates from `pages/`, words from `locales/`, strict about what is missing.

use super::clock::Moment;
use super::error::Error;
use super::sources::Sources;
use super::words::{LANGUAGES, Words};
use axum::response::Html;
use jiff::tz::TimeZone;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde};
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value};
use serde::Serialize;
use std::cell::Cell;
use std::sync::Arc;

thread_local! {
    /// The language of the page that this thread draws. Imported macros do not see the page's own variables, and a page is
    /// drawn without a pause on one thread.
    static LANGUAGE: Cell<&'static str> = const { Cell::new(LANGUAGES[0]) };
}

/// Draws pages; cheap to clone.
#[derive(Clone)]
pub struct Pages {
    environment: Arc<Environment<'static>>,
    /// The words, for sentences outside of templates.
    pub words: Arc<Words>,
}

/// What every page is told besides its own content.
#[derive(Debug, Clone, Serialize)]
pub struct Frame {
    /// `zh-Hans` or `en`.
    pub lang: &'static str,
    /// The address of the page, without its query.
    pub path: String,
    /// The city's name and settings for pages.
    pub city: Value,
    /// Who is signed in: `{id, name, post, department, can: [act]}`, or none.
    pub actor: Value,
    /// The staff's navigation, `[{href, icon, label}]`, or none for citizens.
    pub nav: Value,
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
        if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
            environment.set_syntax(syntax);
        }
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
        let (moment_zone, day_zone) = (zone.clone(), zone);
        environment
            .add_filter("moment", move |at: i64| Moment(at).zoned(&moment_zone).strftime("%Y-%m-%d %H:%M").to_string());
        environment.add_filter("day", move |at: i64| Moment(at).zoned(&day_zone).strftime("%Y-%m-%d").to_string());
        environment.add_filter("iso", |at: i64| Moment(at).zoned(&TimeZone::UTC).timestamp().to_string());
        Pages { environment: Arc::new(environment), words }
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
        template_found.render(context).map(Html).map_err(internal)
    }

    /// A sentence in a language; an unknown key is answered by itself.
    pub fn say(&self, lang: &str, key: &str, args: &[(&str, String)]) -> String {
        self.words.say(lang, key, args).unwrap_or_else(|| key.to_owned())
    }
}
