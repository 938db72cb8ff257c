//! One's own browsers: each may show notices when no page is open.

use super::push::Device;
use super::store;
use super::wishes::{self, Typed, change, done};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::people::doors::Visit;
use crate::people::sessions;
use crate::people::sign_in::Knock;
use crate::people::store::record;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

/// More browsers of one person are not kept; each costs a request for every notice.
const MOST: usize = 10;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Subscription {
    endpoint: String,
    p256dh: String,
    auth: String,
    /// The address that this one takes the place of.
    old: String,
}

/// `POST /account/notices/push`: a browser gives away where and with which key it can be written to.
pub(super) async fn add(
    State(app): State<App>,
    visit: Visit,
    knock: Knock,
    headers: HeaderMap,
    Form(form): Form<Subscription>,
) -> Result<Response, Error> {
    let session = knock.session.as_deref().map(sessions::key).unwrap_or_default();
    match keep(&app, &visit, session, &headers, form).await {
        Ok(()) => Ok(done("device")),
        Err(Error::Refused(refusal)) => wishes::draw(&app, &visit, "", &Typed::default(), Some(&refusal)).await,
        Err(error) => Err(error),
    }
}

async fn keep(app: &App, visit: &Visit, session: String, headers: &HeaderMap, form: Subscription) -> Result<(), Error> {
    let push = app.ways.push.as_ref().ok_or(Error::NotFound)?;
    push.must_reach(&form.endpoint, &form.p256dh, &form.auth)?;
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (account, now) = (visit.actor()?.account, app.clock.now());
    let device = Device {
        id: id::fresh(),
        account,
        endpoint: form.endpoint,
        p256dh: form.p256dh,
        auth: form.auth,
        name: name(agent),
        made_at: now,
        last_at: None,
        unread: None,
    };
    app.db
        .write(move |tx| async move {
            let mut known = store::devices(&tx, account).await?;
            known.retain(|one| one.endpoint != device.endpoint && one.endpoint != form.old);
            if known.len() >= MOST {
                return Err(Error::from(Refusal::new("notices-push-many").with("most", MOST).on("push")));
            }
            if !form.old.is_empty() {
                store::remove_endpoint(&tx, account, &form.old).await?;
            }
            store::put_device(&tx, &device, &session).await?;
            record(&tx, &change(account, "notice_device_added", json!({})), now).await?;
            Ok(())
        })
        .await
}

/// What people call a browser, from how it describes itself; a brand is the same in every language.
fn name(agent: &str) -> String {
    let of =
        |marks: &[(&str, &'static str)]| marks.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let browser = of(&[
        ("MicroMessenger", "WeChat"),
        ("HuaweiBrowser", "Huawei Browser"),
        ("MiuiBrowser", "Mi Browser"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = of(&[
        ("OpenHarmony", "HarmonyOS"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    [browser, system].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// `POST /account/notices/push/{id}/remove`.
pub(super) async fn remove(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (account, now) = (visit.actor()?.account, app.clock.now());
    let removed = app.db.write(move |tx| async move {
        if !store::remove_device(&tx, account, id).await? {
            return Err(Error::NotFound);
        }
        record(&tx, &change(account, "notice_device_removed", json!({})), now).await?;
        Ok(())
    });
    removed.await?;
    Ok(done("device-removed"))
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn browsers_have_names() {
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
        assert_eq!(name(chrome), "Chrome · Windows");
        assert_eq!(name(&format!("{chrome} Edg/131.0.0.0")), "Edge · Windows");
        assert_eq!(
            name("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"),
            "Safari · iPhone"
        );
        assert_eq!(name("curl/8"), "");
    }
}
