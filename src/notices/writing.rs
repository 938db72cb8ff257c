//! The words of a notice, and of what leaves the program.

use super::email::Mail;
use super::notice::Urgency;
use super::store::{Due, Line};
use super::ways::Letter;
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::page::Pages;
use crate::kit::words::LANGUAGES;
use minijinja::context;

/// Title and text of a notice in a language. A kind that no sentence is known for, because it came from a later version,
/// says where to look.
pub fn say(pages: &Pages, lang: &str, kind: &str, args: &[(&str, String)]) -> (String, String) {
    let said = |part: &str| pages.words.say(lang, &format!("notice-{kind}-{part}"), args);
    let title = said("title").unwrap_or_else(|| pages.say(lang, "notices-unknown-title", &[]));
    let text = said("text").unwrap_or_else(|| pages.say(lang, "notices-unknown-text", &[]));
    (title, text)
}

/// The same of a kept notice.
pub(super) fn say_line(pages: &Pages, lang: &str, line: &Line) -> (String, String) {
    let args: Vec<(&str, String)> = line.args.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    say(pages, lang, &line.kind, &args)
}

/// What kind of notice it is, without its contents; the bare word when nobody gave it a name.
pub(super) fn name(pages: &Pages, lang: &str, kind: &str) -> String {
    pages.words.say(lang, &format!("notice-{kind}-name"), &[]).unwrap_or_else(|| kind.to_owned())
}

/// A notice in the words of its receiver.
pub(super) fn letter(app: &App, due: &Due) -> Letter {
    let (title, text) = say_line(&app.pages, due.preferences.language(), &due.notice);
    let path = format!("/notices/{}", due.notice.id);
    let link = if app.public_url.is_empty() { String::new() } else { format!("{}{path}", app.public_url) };
    Letter { id: due.notice.id.to_string(), title, text, path, link, urgency: due.notice.urgency }
}

fn city<'a>(app: &'a App, lang: &str) -> &'a str {
    let (programme, name) = match lang == LANGUAGES[0] {
        true => (&app.city.programme, &app.city.name),
        false => (&app.city.programme_en, &app.city.name_en),
    };
    if programme.is_empty() { name } else { programme }
}

/// One e-mail of the notices that leave together, the first of which names it.
///
/// # Errors
/// When a template is missing or lacks something.
pub(super) fn mail(app: &App, together: &[Due]) -> Result<Mail, Error> {
    let first = together.first().ok_or_else(|| Error::Internal("an e-mail of nothing".into()))?;
    let lang = first.preferences.language();
    let letters: Vec<Letter> = together.iter().map(|due| letter(app, due)).collect();
    let city = city(app, lang);
    let subject = match letters.as_slice() {
        [only] => {
            app.pages.say(lang, "notices-mail-subject", &[("city", city.to_owned()), ("title", only.title.clone())])
        }
        many => {
            app.pages.say(lang, "notices-mail-digest", &[("city", city.to_owned()), ("count", many.len().to_string())])
        }
    };
    let items: Vec<_> = letters
        .iter()
        .zip(together)
        .map(|(letter, due)| {
            let is_urgent = letter.urgency == Urgency::Urgent;
            context! { title => letter.title.as_str(), text => letter.text.as_str(), link => letter.link.as_str(), at => due.notice.sent_at.0, is_urgent }
        })
        .collect();
    let own = if app.public_url.is_empty() { String::new() } else { format!("{}/account/notices", app.public_url) };
    let page = context! { lang, city, items, settings => own };
    Ok(Mail {
        id: format!("notice-{}", first.id),
        to: first.address.known().unwrap_or_default().to_owned(),
        // A subject is one line, whatever a place is called.
        subject: subject.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect(),
        text: app.pages.fragment(lang, "notices/mail.txt", page.clone())?,
        html: app.pages.fragment(lang, "notices/mail.html", page)?,
        is_urgent: letters.iter().any(|letter| letter.urgency == Urgency::Urgent),
        one_click: None,
    })
}

/// The e-mail with the code that proves an address.
///
/// # Errors
/// When a template is missing or lacks something.
pub(super) fn code_mail(app: &App, lang: &'static str, to: &str, code: &str, id: String) -> Result<Mail, Error> {
    let letter = code_letter(app, lang, code, id.clone());
    let city = city(app, lang);
    let item = context! { title => letter.title.as_str(), text => letter.text.as_str(), link => "", at => app.clock.now().0, is_urgent => false };
    let page = context! { lang, city, items => vec![item], settings => "" };
    let args = [("city", city.to_owned()), ("title", letter.title)];
    Ok(Mail {
        id: format!("code-{id}"),
        to: to.to_owned(),
        subject: app.pages.say(lang, "notices-mail-subject", &args),
        text: app.pages.fragment(lang, "notices/mail.txt", page.clone())?,
        html: app.pages.fragment(lang, "notices/mail.html", page)?,
        is_urgent: false,
        one_click: None,
    })
}

/// The code that proves an address, as a short message.
pub(super) fn code_letter(app: &App, lang: &str, code: &str, id: String) -> Letter {
    let text = app.pages.say(lang, "notices-code-text", &[("code", code.to_owned())]);
    let title = app.pages.say(lang, "notices-code-title", &[]);
    Letter { id, title, text, path: String::new(), link: String::new(), urgency: Urgency::Urgent }
}
