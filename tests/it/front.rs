//! What stands before every room: the health check, errors that people can read, and the headers.

use crate::on_both;
use crate::world::World;

on_both!(a_missing_page_says_so_in_the_readers_language, |world: World| async move {
    let visitor = world.visitor();
    assert_eq!(visitor.get("/healthz").await.status(), 200);
    let response = visitor.get("/no-such-page?lang=en").await;
    assert_eq!(response.status(), 404);
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert!(
        response.headers()["content-security-policy"]
            .to_str()
            .is_ok_and(|policy| policy.contains("default-src 'self'"))
    );
    let english = response.text().await.expect("a page");
    let chinese = visitor.get("/no-such-page?lang=zh-Hans").await.text().await.expect("a page");
    assert!(english.contains("lang=\"en\""), "{english}");
    assert!(chinese.contains("lang=\"zh-Hans\""), "{chinese}");
    assert!(chinese.contains("望澜市"));
});

on_both!(a_form_from_another_site_is_refused, |world: World| async move {
    let visitor = world.visitor();
    let url = format!("{}/sign-in", world.base);
    let response =
        visitor.client.post(url).header("origin", "https://elsewhere.example").form(&[("login", "x")]).send().await;
    assert_eq!(response.expect("an answer").status(), 403);
});
