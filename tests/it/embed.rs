//! The city's own site shows pages in frames: those and no others, without a cookie.

use crate::on_both;
use crate::world::World;

on_both!(only_pages_for_frames_may_stand_in_one, async |world: World| {
    let visitor = world.visitor();
    for path in ["/embed/map?lang=en", "/embed/report?lang=en&accent=ffcc00", "/embed/numbers?lang=zh-Hans"] {
        let page = visitor.get(path).await;
        assert_eq!(page.status(), 200, "{path}");
        let headers = page.headers().clone();
        assert!(headers.get("x-frame-options").is_none(), "{path}");
        assert!(headers.get("set-cookie").is_none(), "{path}: a cookie");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'self' https://www.wanglan.example.cn;"), "{policy}");
        let text = page.text().await.unwrap();
        assert!(text.contains("<base target=\"_blank\">") && !text.contains("sign-in"), "{path}: {text}");
    }
    for path in ["/", "/reports", "/sign-in", "/status", "/report", "/track", "/embed/nothing"] {
        let page = visitor.get(path).await;
        assert_eq!(page.headers()["x-frame-options"], "DENY", "{path}");
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
    }
    // A colour that could not be read is darkened; what is none changes nothing.
    let page = visitor.page("/embed/report?lang=en&accent=ffcc00").await;
    let at = page.find("/embed/colours.css?accent=").expect("the site's colour") + 26;
    let colour: steward::embed::colour::Colour = page[at..at + 6].parse().expect("a colour");
    assert!(colour.is_readable() && !page.contains("accent=ffcc00"));
    let style = visitor.page("/embed/colours.css?accent=ffcc00").await;
    assert!(style.contains(&format!("--blue:#{colour}")), "{style}");
    for wrong in ["red", "0b4a8f}body{display:none", "%7D"] {
        assert_eq!(visitor.page(&format!("/embed/colours.css?accent={wrong}")).await, "", "{wrong}");
    }
    assert!(visitor.page("/embed/map?lang=en").await.contains("/reports"), "without a script there is the list");
    // Whoever is signed in is nobody there.
    let form = [("login", "sysadmin"), ("password", steward::demo::PASSWORD)];
    assert_eq!(visitor.post("/sign-in", &form).await.status(), 303);
    assert!(!visitor.page("/embed/numbers").await.contains("方致远"));

    let page = visitor.page("/admin/embed?lang=en&what=numbers&language=zh-Hans&accent=0b4a8f").await;
    let page = page
        .replace("&#x2f;", "/")
        .replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'");
    for wanted in [
        "/embed/numbers?lang=zh-Hans&amp;accent=0b4a8f\" title=\"上报办理数据\"",
        "/embed/resize.js\" async",
        "https://www.wanglan.example.cn",
        "class=\"preview\" src=\"/embed/numbers?lang=zh-Hans&accent=0b4a8f\"",
        "<option value=\"zh-Hans\" selected>",
    ] {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    assert!(visitor.page("/admin/embed?lang=en&accent=ffcc00").await.contains("too light to be read"));
    assert!(visitor.page("/admin/embed?lang=en&accent=nothing").await.contains("A colour is written as six digits"));
    let script = visitor.get("/embed/resize.js").await;
    assert_eq!(script.headers()["cache-control"], "public, max-age=3600");
    assert_eq!(script.headers()["content-type"].to_str().unwrap().split(';').next(), Some("text/javascript"));
    assert!(script.text().await.unwrap().contains("data-steward"));
});
