//! Photos of handled work are compared with what came before them: whoever verifies reads what is odd beside the photo, and
//! those whose work it is do not.

use crate::browser::{photo, words};
use crate::on_both;
use crate::stories::{Cast, Citizen, Story};
use crate::world::World;
use image::{DynamicImage, ImageFormat};
use std::io::Cursor;
use steward::cases::photo_checks;
use steward::files::prints;
use steward::kit::error::Error;

/// Some forty kilometres from the cases of these stories.
const FAR: (f64, f64) = (123.9, 31.6);

/// The prints are made, as they are beside the work.
async fn are_printed(world: &World) {
    let mut after = 0;
    while let Some(round) = prints::print_some(&world.app, after).await.expect("prints") {
        after = round.last;
    }
}

/// The prints are made and the photos compared, as they are beside the work.
async fn are_compared(world: &World) -> usize {
    are_printed(world).await;
    let (mut after, mut done) = (0, 0);
    while let Some(round) = photo_checks::check_some(&world.app, after).await.expect("the comparison") {
        (after, done) = (round.last, done + round.done);
    }
    done
}

/// A photo decoded, changed and encoded anew at another quality.
fn changed(name: &str, change: impl Fn(DynamicImage) -> DynamicImage) -> Vec<u8> {
    let picture = change(image::load_from_memory(&photo(name)).expect("a picture"));
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 60);
    picture.to_rgb8().write_with_encoder(encoder).expect("a JPEG");
    bytes
}

/// A picture of nothing that was photographed before: soft stripes of its own.
fn unlike_any(seed: u32) -> Vec<u8> {
    let shade = |x: u32, y: u32| {
        let (x, y, seed) = (f64::from(x) / 40.0, f64::from(y) / 30.0, f64::from(seed));
        let value = (x * (1.0 + seed / 3.0)).sin() + (y * (2.0 + seed / 5.0) + x * seed).cos() + (x * y / 4.0).sin();
        image::Rgb([(128.0 + value * 40.0) as u8; 3])
    };
    let mut bytes = Vec::new();
    let drawn = image::RgbImage::from_fn(640, 480, shade);
    drawn.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Jpeg).expect("a JPEG");
    bytes
}

/// The same bytes with metadata that say when and where, as cameras write them.
fn tagged(jpeg: &[u8], taken: &str, (lon, lat): (f64, f64)) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value].concat()
    };
    let at = |offset: u32| offset.to_le_bytes();
    let angle = |degrees: f64| {
        let thousandths = (degrees * 3_600_000.0).round() as u32;
        [0, 1, 0, 1, thousandths, 1000].map(u32::to_le_bytes).concat()
    };
    // TIFF, little-endian: the first directory at 8 leads to that of the camera at 38 and to that of the position at 76.
    let tiff = [
        b"II\x2a\0".to_vec(),
        at(8).to_vec(),
        2_u16.to_le_bytes().to_vec(),
        entry(0x8769, 4, 1, at(38)),
        entry(0x8825, 4, 1, at(76)),
        at(0).to_vec(),
        1_u16.to_le_bytes().to_vec(),
        entry(0x9003, 2, 20, at(56)),
        at(0).to_vec(),
        format!("{taken}\0").into_bytes(),
        4_u16.to_le_bytes().to_vec(),
        entry(1, 2, 2, *b"N\0\0\0"),
        entry(2, 5, 3, at(130)),
        entry(3, 2, 2, *b"E\0\0\0"),
        entry(4, 5, 3, at(154)),
        at(0).to_vec(),
        angle(lat),
        angle(lon),
    ]
    .concat();
    let length = (tiff.len() + 8) as u16;
    [&jpeg[..2], b"\xff\xe1", &length.to_be_bytes(), b"Exif\0\0", &tiff, &jpeg[2..]].concat()
}

/// A case in the crew's hands.
async fn in_hand<'a>(world: &'a World, cast: &Cast, text: &str) -> Story<'a> {
    Citizen::reports(world, text, &[("address", "望澜路 18 号")]).await;
    let mut story = Story::of(world, cast, text).await;
    story.is_filed(cast).await;
    story.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
    story.does(&cast.desk, "assign", &[("crew", "孙大勇")]).await;
    story.does(&cast.crew, "take", &[]).await;
    story
}

/// From the crew's photos to the keeper who is to look.
async fn is_shown(story: &mut Story<'_>, cast: &Cast, photos: Vec<Vec<u8>>) {
    let mut form = story.form(&cast.crew, "hand-in", &[("note", "处理好了")]).await;
    for bytes in photos {
        form.attach("after.jpg", bytes);
    }
    story.sends(&cast.crew, form).await;
    story.does(&cast.desk, "feed-back", &[("note", "已处理")]).await;
    story.does(&cast.acceptor, "ask-verification", &[]).await;
}

/// What the page says of the photos, without the rest; empty when it says nothing.
fn hints(page: &str) -> String {
    let section = page.split("class=\"card card-warn findings\"").nth(1).unwrap_or_default();
    words(section.split("</section>").next().unwrap_or_default())
}

on_both!(still whoever_verifies_is_told_what_is_odd_about_the_photos, |world: World| async move {
    let cast = Cast::of(&world).await;

    // An honest photo of the same place: nothing is said.
    let mut honest = in_hand(&world, &cast, "井盖松了，车过就响").await;
    is_shown(&mut honest, &cast, vec![photo("manhole-after")]).await;
    assert_eq!(are_compared(&world).await, 1);
    for who in [&cast.keeper, &cast.acceptor] {
        assert_eq!(hints(&who.page(&honest.page).await), "");
    }
    assert_eq!(are_compared(&world).await, 0, "each photo is compared once");

    // The picture of the problem, mirrored and compressed, as if it were solved.
    let mut faked = in_hand(&world, &cast, "井盖缺了一角").await;
    is_shown(&mut faked, &cast, vec![changed("manhole-before", |picture| picture.fliph())]).await;
    are_compared(&world).await;
    let page = cast.keeper.page(&faked.page).await;
    assert!(hints(&page).contains("与本案之前的照片是同一张图（经翻转或旋转）"), "{}", hints(&page));
    assert!(hints(&cast.acceptor.page(&faked.page).await).contains("只供核查参考"));
    for who in [&cast.crew, &cast.desk] {
        assert_eq!(hints(&who.page(&faked.page).await), "", "those whose work it is are not told");
    }
    // It decides nothing: the case goes its way.
    faked.does(&cast.keeper, "verify", &[("passed", "no"), ("note", "还没有修")]).await;

    // Somebody else's picture, cut a little: the verifier sees both, although that case is not theirs.
    let mut borrowed = in_hand(&world, &cast, "井盖被压裂").await;
    let cut = |picture: DynamicImage| {
        let (width, height) = (picture.width(), picture.height());
        picture.crop_imm(width / 25, height / 25, width * 23 / 25, height * 23 / 25)
    };
    is_shown(&mut borrowed, &cast, vec![changed("manhole-after", cut), unlike_any(3)]).await;
    are_compared(&world).await;
    let page = cast.leader.page(&borrowed.page).await;
    assert!(hints(&page).contains("的照片是同一张图"), "{}", hints(&page));
    let own = cast.leader.page(&honest.page).await;
    let number = own.split("class=\"code\">").nth(1).and_then(|rest| rest.split('<').next()).expect("a number");
    assert!(hints(&page).contains(number), "{number}: {}", hints(&page));
    let section = page.split("card-warn findings").nth(1).and_then(|rest| rest.split("</section>").next());
    let shown: Vec<&str> = section
        .into_iter()
        .flat_map(|section| section.split("src=\"").skip(1))
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(
        (2..=6).contains(&shown.len()) && shown.len().is_multiple_of(2),
        "the photo beside each other one: {shown:?}"
    );
    for src in shown {
        let src = src.replace("&#x2f;", "/");
        assert_eq!(cast.keeper.look(&src).await.status, 200, "{src}");
    }

    // The camera's own words: before it was dispatched, and far away.
    let mut early = in_hand(&world, &cast, "井盖边上塌了").await;
    let odd = tagged(&unlike_any(5), "2026:03:01 08:00:00", FAR);
    is_shown(&mut early, &cast, vec![odd]).await;
    are_compared(&world).await;
    let said = hints(&cast.keeper.page(&early.page).await);
    assert!(said.contains("拍摄时间 2026-03-01 08:00 早于派遣时间 2026-03-"), "{said}");
    assert!(said.contains("距案卷位置") && said.contains("米"), "{said}");
    let in_english = hints(&cast.leader.page(&format!("{}?lang=en", early.page)).await);
    assert!(in_english.contains("before the case was dispatched at 2026-03-"), "{in_english}");

    // What the same crew member's photos were like before: one of the four says when and where.
    let habit = world.app.db.read(move |tx| async move {
        let (crew, _) = steward::people::store::credentials(&tx, "crew-road").await?.expect("an account");
        let late = steward::kit::clock::Moment(i64::MAX);
        Ok::<_, Error>(photo_checks::store::habit(&tx, crew.id, i64::MAX, late, 20).await?)
    });
    assert_eq!(habit.await.expect("a habit"), photo_checks::finding::Habit { photos: 5, speaking: 1 });
});

/// Changes the digest of the small copy of the first photo that waits to be compared, so that it cannot be read, or can again.
async fn copies(world: &World, change: &'static str) -> u64 {
    let sql = format!(
        "update photos set small_digest = {change} where id = (select min(photo_id) from photo_checks where done_at is null)"
    );
    let done = world.app.db.write(move |tx| async move { tx.execute(&sql, steward::kit::db::params![]).await }).await;
    done.map_err(|error: steward::kit::db::DbError| error).expect("the row is changed")
}

on_both!(still a_photo_that_cannot_be_read_holds_up_no_other, |world: World| async move {
    let cast = Cast::of(&world).await;
    let mirrored = || changed("manhole-before", |picture| picture.fliph());
    let mut spoilt = in_hand(&world, &cast, "井盖缺了一角").await;
    is_shown(&mut spoilt, &cast, vec![mirrored()]).await;
    let mut behind = in_hand(&world, &cast, "井盖缺了另一角").await;
    is_shown(&mut behind, &cast, vec![mirrored()]).await;

    // Before its prints are made, and again between its prints and the comparison.
    assert_eq!(copies(&world, "'!' || small_digest").await, 1);
    let round = prints::print_some(&world.app, 0).await.expect("prints").expect("some wait");
    assert!(round.done > 0 && round.trouble.is_some(), "{round:?}");
    assert_eq!(copies(&world, "substr(small_digest, 2)").await, 1);
    are_printed(&world).await;
    assert_eq!(copies(&world, "'!' || small_digest").await, 1);
    let round = photo_checks::check_some(&world.app, 0).await.expect("the comparison").expect("some wait");
    assert!(round.done == 1 && round.trouble.is_some(), "{round:?}");
    assert!(hints(&cast.keeper.page(&behind.page).await).contains("同一张图"));
    assert_eq!(hints(&cast.keeper.page(&spoilt.page).await), "");

    // Once it can be read again it is compared like any other.
    assert_eq!(copies(&world, "substr(small_digest, 2)").await, 1);
    assert_eq!(are_compared(&world).await, 1);
    assert!(hints(&cast.keeper.page(&spoilt.page).await).contains("同一张图"));
});
