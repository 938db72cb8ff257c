//! What counts, as staff read it: the list of sub-classes and the page of each of them, in both languages.

use crate::on_both;
use crate::people::{PASSWORD, people, sign_in};
use crate::world::World;

async fn reading(world: World) {
    people(&world).await;
    for login in ["sysadmin", "secadmin", "keeper1", "crew-drain"] {
        let (visitor, _) = sign_in(&world, login, PASSWORD).await;
        let list = visitor.page("/admin/catalog").await;
        assert!(list.contains("30428.2-2013") && list.contains("积存垃圾渣土") && list.contains("请本地核对"));
    }
    let (visitor, _) = sign_in(&world, "acceptor1", PASSWORD).await;
    let all = world.app.catalog.in_force().map(|set| set.sub_classes.clone()).unwrap_or_default();
    assert_eq!(all.len(), 207);
    for lang in ["zh-Hans", "en"] {
        for sub_class in &all {
            let page = visitor.page(&format!("/admin/catalog/{}?lang={lang}", sub_class.word)).await;
            assert!(page.contains(&sub_class.key.code) && page.contains("responsibility.toml"), "{}", sub_class.word);
        }
    }
    let unverified = visitor.page("/admin/catalog?show=unverified&lang=en").await;
    assert!(unverified.contains("Check locally") && unverified.contains("event-0109"));
    assert!(!unverified.contains("event-0110"), "what was checked is not among what has to be");
    let found = visitor.page("/admin/catalog?q=%E4%BA%95%E7%9B%96&kind=component&lang=zh-Hans").await;
    assert!(found.contains("component-0101") && !found.contains("event-0"));
    assert!(visitor.page("/admin/catalog?q=zzzzzz").await.contains("没有符合条件的小类"));
    // A manhole cover of the water works is theirs everywhere; waste depends on the street.
    assert!(visitor.page("/admin/catalog/component-0101").await.contains("望澜自来水公司"));
    for unknown in ["event-9999", "nothing", "event-"] {
        assert_eq!(visitor.get(&format!("/admin/catalog/{unknown}")).await.status(), 404);
    }
}
on_both!(bare all_staff_read_the_catalog, reading);
