//! A browser without scripts: it reads the forms of a page and sends them back as they stand, with what somebody typed.

use crate::world::{Visitor, World};
use reqwest::multipart::{Form as Parts, Part};

/// The password of the invented city's accounts.
const PASSWORD: &str = "Wanglan-2026";

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// Where a redirect leads; empty without one.
    pub location: String,
    pub text: String,
}

/// A form of a page with what its fields hold.
#[derive(Debug, Clone)]
pub struct Form {
    pub action: String,
    is_in_parts: bool,
    pub fields: Vec<(String, String)>,
    /// What can be chosen: field, value, label.
    options: Vec<(String, String, String)>,
    /// The field that takes files.
    file_field: String,
    files: Vec<(&'static str, Vec<u8>)>,
}

/// Somebody at a browser.
#[derive(Clone)]
pub struct Browser {
    pub visitor: Visitor,
}

/// A photograph of the invented city, byte for byte.
pub fn photo(name: &str) -> Vec<u8> {
    let path = format!("{}/demo/photos/{name}.jpg", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The text of HTML with its escapes undone.
pub fn plain(text: &str) -> String {
    let named = [
        ("&#x2f;", "/"),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&quot;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    named.iter().fold(text.to_owned(), |text, (escape, character)| text.replace(escape, character))
}

/// What people read of a page: no tags, single spaces.
pub fn words(page: &str) -> String {
    let mut text = String::new();
    for piece in page.split('<') {
        text.push_str(piece.split_once('>').map_or(piece, |(_, after)| after));
        text.push(' ');
    }
    plain(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let from = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[from..].split('"').next().map(plain)
}

fn has(tag: &str, name: &str) -> bool {
    tag.split_whitespace().any(|word| word.trim_end_matches(['>', '/']) == name)
}

impl Form {
    /// The page's form that goes to this address; none when there is no such form.
    pub fn find(page: &str, action: &str) -> Option<Form> {
        page.split("<form").skip(1).map(|piece| piece.split("</form>").next().unwrap_or_default()).find_map(|piece| {
            let (head, body) = piece.split_once('>')?;
            (attribute(head, "action")? == action).then(|| Form::read(action, head, body))
        })
    }

    fn read(action: &str, head: &str, body: &str) -> Form {
        let is_in_parts = head.contains("multipart/form-data");
        let mut form = Form {
            action: action.into(),
            is_in_parts,
            fields: vec![],
            options: vec![],
            file_field: "photos".into(),
            files: vec![],
        };
        let mut select = String::new();
        for piece in body.split('<').skip(1) {
            let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
            let name = attribute(tag, "name").unwrap_or_default();
            let value = attribute(tag, "value").unwrap_or_default();
            if tag.starts_with("input") {
                match attribute(tag, "type").as_deref() {
                    Some("file") => form.file_field = name,
                    Some("radio" | "checkbox") => {
                        form.options.push((name.clone(), value.clone(), String::new()));
                        if has(tag, "checked") {
                            form.fields.push((name, value));
                        }
                    }
                    _ => form.fields.push((name, value)),
                }
            } else if tag.starts_with("textarea") {
                form.fields.push((name, plain(text.strip_prefix('\n').unwrap_or(text))));
            } else if tag.starts_with("select") {
                select = name;
            } else if tag.starts_with("option") {
                if has(tag, "selected") || !form.fields.iter().any(|(field, _)| *field == select) {
                    form.put(&select, &value);
                }
                form.options.push((select.clone(), value, plain(text)));
            }
        }
        form
    }

    /// Types into a field.
    pub fn put(&mut self, name: &str, value: &str) {
        match self.fields.iter_mut().find(|(field, _)| field == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Ticks a box beside those of the same name that are ticked.
    pub fn tick(&mut self, name: &str, value: &str) {
        if !self.fields.iter().any(|(field, held)| field == name && held == value) {
            self.fields.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Chooses the option whose label has these words.
    pub fn choose(&mut self, name: &str, label: &str) {
        let found = self.options.iter().find(|(field, value, text)| {
            field == name && !value.is_empty() && (text.contains(label) || value == label)
        });
        let Some((_, value, _)) = found.cloned() else { panic!("{}: {name} offers no {label}: {self:?}", self.action) };
        self.put(name, &value);
    }

    /// The values that a field offers.
    pub fn offers(&self, name: &str) -> Vec<String> {
        let own = self.options.iter().filter(|(field, value, _)| field == name && !value.is_empty());
        own.map(|(_, value, _)| value.clone()).collect()
    }

    /// Whether photographs or other files can be sent with it.
    pub fn takes_files(&self) -> bool {
        self.is_in_parts
    }

    /// The names of what is typed or chosen.
    pub fn names(&self) -> Vec<String> {
        self.fields.iter().map(|(name, _)| name.clone()).collect()
    }

    /// What a field holds.
    pub fn value(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// The same form sent to another address, by hand.
    pub fn to(&self, action: String) -> Form {
        Form { action, ..self.clone() }
    }

    /// The same form without some of its fields.
    pub fn without(mut self, names: &[&str]) -> Form {
        self.fields.retain(|(name, _)| !names.contains(&name.as_str()));
        self
    }

    /// Adds a photograph, or another file.
    pub fn attach(&mut self, file: &'static str, bytes: Vec<u8>) {
        self.files.push((file, bytes));
    }

    fn parts(&self) -> Parts {
        let mut parts = Parts::new();
        for (name, value) in &self.fields {
            parts = parts.text(name.clone(), value.clone());
        }
        if self.files.is_empty() {
            // A browser sends a file field that was left empty, too.
            parts = parts.part(self.file_field.clone(), Part::bytes(Vec::new()).file_name(""));
        }
        for (file, bytes) in &self.files {
            let part = Part::bytes(bytes.clone()).file_name(*file).mime_str("image/jpeg").expect("a type");
            parts = parts.part(self.file_field.clone(), part);
        }
        parts
    }
}

impl Browser {
    /// A browser that nobody signed in with.
    pub fn new(world: &World) -> Browser {
        Browser { visitor: world.visitor() }
    }

    /// Signs in with one of the invented city's accounts, by the form.
    pub async fn signed_in(world: &World, login: &str) -> Browser {
        let browser = Browser::new(world);
        let mut form = browser.form("/sign-in", "/sign-in").await;
        form.put("login", login);
        form.put("password", PASSWORD);
        let answer = browser.send(&form).await;
        assert_eq!(answer.status, 303, "{login}: {}", words(&answer.text));
        browser
    }

    /// Looks at an address, whatever it answers.
    pub async fn look(&self, path: &str) -> Answer {
        read(path, self.visitor.get(path).await).await
    }

    /// The status of an address that answers with something else than text.
    pub async fn look_bytes(&self, path: &str) -> u16 {
        self.visitor.get(path).await.status().as_u16()
    }

    /// A page that must be there.
    pub async fn page(&self, path: &str) -> String {
        let answer = self.look(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", words(&answer.text));
        answer.text
    }

    /// What people read of a page that must be there.
    pub async fn reads(&self, path: &str) -> String {
        words(&self.page(path).await)
    }

    /// The form of a page that goes to an address.
    pub async fn form(&self, path: &str, action: &str) -> Form {
        let page = self.page(path).await;
        Form::find(&page, action).unwrap_or_else(|| panic!("{path} has no form for {action}: {}", words(&page)))
    }

    /// Sends a form as it stands.
    pub async fn send(&self, form: &Form) -> Answer {
        self.send_from(form, &self.visitor.base).await
    }

    /// Sends a form from the page of another site.
    pub async fn send_from(&self, form: &Form, origin: &str) -> Answer {
        let request =
            self.visitor.client.post(format!("{}{}", self.visitor.base, form.action)).header("origin", origin);
        let request = if form.is_in_parts { request.multipart(form.parts()) } else { request.form(&form.fields) };
        read(&form.action, request.send().await.expect("an answer")).await
    }
}

async fn read(path: &str, response: reqwest::Response) -> Answer {
    let (status, location) = (response.status().as_u16(), crate::world::location(&response));
    let text = response.text().await.unwrap_or_default();
    assert!(status < 500, "{path} answered {status}: {}", words(&text));
    Answer { status, location, text }
}
